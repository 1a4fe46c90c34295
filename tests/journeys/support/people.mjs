// Invented citizens, as one types them.

import { documentNumber, nif, niss } from './numbers.mjs';

export const CARMO = {
  'Nome completo': 'Maria do Carmo Ferrão',
  'Data de nascimento': '03/04/1951',
  'NIF — número de contribuinte': nif('19990007'),
  'NISS — segurança social': niss('1999990007'),
  'Número de utente do SNS': '199900070',
};

export const ZE = {
  'Nome completo': 'José d’Ávila Brás',
  'Data de nascimento': '21/12/1978',
  'NIF — número de contribuinte': nif('29990011'),
};

export const DOCUMENT_OF_ANOTHER = documentNumber('00009112');
