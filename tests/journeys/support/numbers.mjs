// Invented numbers that pass the checks.

/** Weights 9 to 2, modulo 11: NIF and NIC. */
function modulo11(digits) {
  const sum = [...digits].reduce((total, digit, i) => total + Number(digit) * (9 - i), 0);
  return sum % 11 < 2 ? 0 : 11 - (sum % 11);
}

export const nif = (first8) => `${first8}${modulo11(first8)}`;

export function niss(first10) {
  const weights = [29, 23, 19, 17, 13, 11, 7, 5, 3, 2];
  return `${first10}${9 - ([...first10].reduce((total, digit, i) => total + Number(digit) * weights[i], 0) % 10)}`;
}

/** A Portuguese account: its own check digits make the IBAN's always 50. */
export function iban(first19) {
  const check = 98n - ((BigInt(first19) * 100n) % 97n);
  return `PT50${first19}${String(check).padStart(2, '0')}`;
}

/** A document number as printed, `00000000 0 ZZ4`. */
export function documentNumber(nic) {
  const first = `${nic}${modulo11(nic)}ZZ`;
  const sum = [...first].reverse().reduce((total, character, i) => {
    const value = Number.parseInt(character, 36);
    const doubled = value * 2 > 9 ? value * 2 - 9 : value * 2;
    return total + (i % 2 === 1 ? value : doubled);
  }, 0);
  return `${nic} ${first[8]} ZZ${(10 - (sum % 10)) % 10}`;
}
