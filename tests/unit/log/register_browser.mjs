/* The browser's verifier on the golden vectors: node --test tests/unit/log/register_browser.mjs */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/* Imported as a data address: Node takes a `.js` file for a module only beside a package.json, which we don't have. */
const source = readFileSync(new URL("../../../src/sanad/interfaces/frame/static/frame/verify-register.js", import.meta.url));
const { VerificationError, fromBase64, registerKey, supportsEd25519, verifyMap, verifyRegister } = await import(
  `data:text/javascript;base64,${source.toString("base64")}`
);
const golden = JSON.parse(readFileSync(new URL("data/register_vectors.json", import.meta.url)));

const octets = (digits) => (digits === null ? null : new Uint8Array(Buffer.from(digits, "hex")));
const hex = (bytes) => (bytes === null ? null : Buffer.from(bytes).toString("hex"));
const policy = { logKey: golden.log_key, witnessKeys: golden.witness_keys, threshold: 1, now: golden.now };
const refusedWith = (code) => (error) => error instanceof VerificationError && (code === null || error.code === code);

test("this Node verifies Ed25519", async () => assert.ok(await supportsEd25519()));

for (const one of golden.keys) {
  test(`key of ${one.id}`, async () => assert.equal(hex(await registerKey(one.type, octets(one.id))), one.key));
}

for (const one of golden.map.proofs) {
  test(`map proof of ${one.key.slice(0, 8)}`, async () => {
    const [root, key, value, proof] = [golden.map.root, one.key, one.value, one.proof].map(octets);
    await verifyMap(root, key, value, proof);
    const other = value === null ? octets("01") : null;
    await assert.rejects(verifyMap(root, key, other, proof), refusedWith("map_proof_bad"));
    await assert.rejects(verifyMap(root, key, value, proof.slice(0, -1)), refusedWith("map_proof_bad"));
    const longer = new Uint8Array([...proof, ...proof.slice(0, 32)]);
    await assert.rejects(verifyMap(root, key, value, longer), refusedWith("map_proof_bad"));
  });
}

for (const one of golden.answers) {
  test(`answer: ${one.name}`, async () => {
    const found = await verifyRegister(octets(one.file), policy);
    assert.deepEqual(
      { ...found, key: hex(found.key), value: hex(found.value) },
      {
        askedMs: BigInt(one.asked_ms),
        key: one.key,
        value: one.value,
        height: BigInt(one.height),
        timeMs: BigInt(one.time_ms),
        nextTimeMs: one.next_time_ms === null ? null : BigInt(one.next_time_ms),
        origin: one.origin,
        size: BigInt(one.size),
        witnesses: one.witnesses.map(([name, time]) => ({ name, time: BigInt(time) })),
        signatureChecked: true,
      },
    );
  });
}

for (const one of golden.refused) {
  test(`refused: ${one.name}`, () => assert.rejects(verifyRegister(octets(one.file), policy), refusedWith(one.code)));
}

test("no changed byte goes unseen, but for the time asked, which may be another between the two blocks", async () => {
  const one = golden.answers[3];
  const good = octets(one.file);
  for (let at = 0; at < good.length; at += 5) {
    const bad = good.slice();
    bad[at] ^= 1 << at % 8;
    try {
      const found = await verifyRegister(bad, policy);
      assert.ok(at >= 19 && at < 28, `byte ${at} was changed`);
      assert.ok(found.timeMs <= found.askedMs && found.askedMs < found.nextTimeMs);
    } catch (error) {
      assert.ok(error instanceof VerificationError, `${at}: ${error.stack}`);
    }
  }
});

test("a file cut short or made longer", async () => {
  const good = octets(golden.answers[0].file);
  for (const length of [0, 1, 18, 19, 60, 100, good.length - 1]) {
    await assert.rejects(verifyRegister(good.slice(0, length), policy), refusedWith(null));
  }
  await assert.rejects(verifyRegister(new Uint8Array([...good, 0]), policy), refusedWith("not_msgpack"));
  const spelledLonger = new Uint8Array([0xdc, 0, 10, ...good.slice(1)]);
  await assert.rejects(verifyRegister(spelledLonger, policy), refusedWith("not_canonical"));
});

test("keys that are none", async () => {
  const good = octets(golden.answers[0].file);
  const renamed = golden.log_key.replace("example", "exemple");
  for (const logKey of ["", golden.witness_keys[0], renamed, `${golden.log_key}\n`]) {
    await assert.rejects(verifyRegister(good, { ...policy, logKey }), refusedWith(null));
  }
  const twice = [...golden.witness_keys, ...golden.witness_keys];
  await assert.rejects(verifyRegister(good, { ...policy, witnessKeys: twice }), refusedWith("key_twice"));
  await assert.rejects(verifyRegister(good, { ...policy, threshold: 2 }), refusedWith("quorum_not_met"));
});

test("base64 has one spelling", () => {
  assert.deepEqual(fromBase64("AQ=="), new Uint8Array([1]));
  for (const text of ["AR==", "AQ", " AQ==", "AQ==\n", "-_=="]) {
    assert.throws(() => fromBase64(text), refusedWith("base64_bad"));
  }
});

test("a browser without Ed25519 checks all hashes and says so", async (context) => {
  const plain = crypto.subtle.importKey;
  crypto.subtle.importKey = () => Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
  context.after(() => {
    crypto.subtle.importKey = plain;
  });
  const found = await verifyRegister(octets(golden.answers[0].file), policy);
  assert.equal(found.signatureChecked, false);
  assert.deepEqual(found.witnesses, []);
  const changed = golden.refused.find((one) => one.code === "map_proof_bad");
  await assert.rejects(verifyRegister(octets(changed.file), policy), refusedWith("map_proof_bad"));
});
