// Whole services in a few lines, for journeys that are about what comes after.

/** Records a European Health Insurance Card for somebody typed; gives the number. */
export async function recordHealthCard(desk, who, { street = 'Rua da Fonte, 3', phone = '' } = {}) {
  await desk.nextCitizen();
  await desk.identify(who);
  await desk.begin('Cartão Europeu de Seguro de Doença');
  await desk.onward();
  await desk.fill({ 'Rua, número e andar': street, 'Código postal': '8550-000', Localidade: 'Monchique', Telefone: phone });
  await desk.onward();
  await desk.byWord();
  return desk.record();
}

/** Fills in housing aid up to the check of the answers. */
export async function fillHousingAid(desk, who, { iban, photo, phone = '912 345 678' }) {
  await desk.nextCitizen();
  await desk.identify(who);
  await desk.begin('Apoio à habitação após catástrofe');
  await desk.fill({ Telefone: phone });
  await desk.onward();
  await desk.choose('A casa é', 'Própria');
  await desk.fill({ 'Morada ou lugar da habitação': 'Monte da Foz, Alferce' });
  await desk.onward();
  await desk.fill({ 'Quando aconteceu': '05/02/2026', 'O que ficou destruído ou danificado': 'O telhado e a cozinha.' });
  await desk.choose('Consegue viver na casa?', 'Não');
  await desk.onward();
  await desk.attach('Fotografias dos estragos', { name: 'telhado.jpg', buffer: photo });
  await desk.onward();
  await desk.choose('A casa tem seguro?', 'Não');
  await desk.onward();
  await desk.fill({ 'Valor dos orçamentos (euros)': '4800', 'IBAN em seu nome': iban });
  await desk.onward();
  await desk.agree(/o que disse é verdade/);
  await desk.agree(/Autorizo a vistoria/);
  await desk.onward();
}

/** Records housing aid; gives the number. */
export async function recordHousingAid(desk, who, more) {
  await fillHousingAid(desk, who, more);
  await desk.byWord();
  return desk.record();
}

/** Opens a request from the list of all. */
export async function openRequest(desk, number) {
  await desk.page.goto(`${desk.url}/pedidos?q=${encodeURIComponent(number)}`);
  await desk.press(number);
}

/** Corrects an answer of the request that is open. */
export async function correct(desk, label, value, reason) {
  const answer = desk.page.locator('.answer', { has: desk.page.getByRole('heading', { name: label }) });
  await answer.locator('summary').click();
  await answer.getByLabel('Valor certo').fill(value);
  await answer.getByLabel('Motivo').fill(reason);
  await desk.follow(() => answer.getByRole('button', { name: 'Corrigir' }).click());
}

/** Records a criminal record certificate for the person, for work: it costs 5 €. Gives the number. */
export async function recordCertificate(desk, who) {
  await desk.nextCitizen();
  await desk.identify(who);
  await desk.begin('Certificado do registo criminal');
  await desk.choose('Finalidade', 'Emprego');
  await desk.choose('Para quem é o certificado?', 'Para o próprio');
  await desk.onward();
  await desk.fill({ Telemóvel: '912 345 678' });
  await desk.onward();
  await desk.byWord();
  return desk.record();
}

/** Records a complaint in the Yellow Book; gives the number. */
export async function recordComplaint(desk, who) {
  await desk.nextCitizen();
  await desk.identify(who);
  await desk.begin('Reclamação, elogio ou sugestão');
  await desk.choose('É', 'Uma reclamação');
  const visited = new Date().toLocaleDateString('pt-PT', { timeZone: 'Europe/Lisbon' });
  await desk.fill({ 'Serviço público': 'Finanças de Monchique', 'Data em que lá foi': visited });
  await desk.page.getByLabel('Tempo de espera').check();
  await desk.fill({ 'Por palavras suas': 'Esperei três horas de pé.' });
  await desk.onward();
  await desk.choose('Como quer a resposta', 'Carta');
  await desk.fill({ Morada: 'Rua da Fonte, 3', 'Código postal': '8550-000' });
  await desk.agree(/Autorizo que o serviço visado/);
  await desk.onward();
  await desk.byWord();
  return desk.record();
}

/** Records a land registry certificate: 15 €, which can be paid later by reference. Gives the number. */
export async function recordLandCertificate(desk, who) {
  await desk.nextCitizen();
  await desk.identify(who);
  await desk.begin('Certidão permanente do registo predial');
  await desk.fill({ 'Correio eletrónico': 'conceicao@exemplo.pt' });
  await desk.onward();
  await desk.choose('O que sabe do prédio', 'O artigo das Finanças');
  await desk.fill({ Concelho: 'Monchique', Freguesia: 'Alferce' });
  await desk.page.getByLabel('Artigo', { exact: true }).fill('1234');
  await desk.onward();
  await desk.byWord();
  return desk.record();
}

/** Fills in the registration for a job, which has an appointment, up to the check of the answers. */
export async function fillJobRegistration(desk, who) {
  await desk.nextCitizen();
  await desk.identify(who);
  await desk.begin('Inscrição para emprego');
  await desk.onward();
  await desk.choose('Neste momento', 'Procura o primeiro emprego');
  await desk.choose('Escolaridade', '12.º ano');
  await desk.fill({ 'Que trabalho procura': 'Cozinha.' });
  await desk.onward();
  await desk.fill({ Telefone: '912 345 678' });
  await desk.onward();
}
