/* The signing page's own text on messages of the rulebook: run by test_signing_page.py, which makes the cases. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const parts = process.env.SIGNING_PAGE_PARTS;
const source = readFileSync(`${parts}/reading.js`, "utf-8");
const words = JSON.parse(readFileSync(`${parts}/words.json`, "utf-8"));
const cases = JSON.parse(readFileSync(process.env.SIGNING_PAGE_CASES, "utf-8"));
const reading = new Function(`${source}; return reading;`)();

const octets = (digits) => new Uint8Array(Buffer.from(digits, "hex"));

function inEnglish(value) {
  const [[kind, shown]] = Object.entries(value);
  if (kind === "several") return [kind, shown.map((pair) => pair[0]).join("|")];
  return [kind, kind === "either" ? shown[0] : String(shown)];
}

async function read(one) {
  const found = await reading.readMessage(octets(one.message), octets(one.proposal));
  return { found, described: reading.describe(words, found.said) };
}

for (const one of cases.good) {
  test(`reads ${one.name}`, async () => {
    const { found, described } = await read(one);
    assert.equal(reading.hex(found.digest), one.digest);
    assert.deepEqual(described.lines.map((line) => inEnglish(line.value)), one.lines);
    assert.equal(found.entry, one.name === "confirm" ? 41n : null);
  });
}

for (const one of cases.bad) {
  test(`does not show ${one.name}`, () => assert.rejects(read(one), reading.ReadingError));
}

for (const [number, one] of cases.assertions.entries()) {
  test(`packs assertion ${number}`, () => {
    const packed = reading.packAssertion(octets(one.authenticatorData), octets(one.clientData), octets(one.der));
    assert.equal(reading.hex(packed), one.packed);
    assert.deepEqual(reading.fromBase64(reading.toBase64(packed)), packed);
  });
}

for (const one of cases.possessions) {
  test("proves possession", async () => {
    const key = reading.compressedKey(octets(one.info));
    assert.equal(reading.hex(key), one.public);
    const claim = await reading.possession(octets(one.network), BigInt(one.institution), BigInt(one.person), key);
    assert.equal(reading.hex(claim), one.claim);
  });
}
