/*
 * "Check in this browser": fetches the answer file, has verify-register.js verify it, and reads the record itself, so
 * that what it says comes from the proof and not from the page.
 */

const IN_FORCE = 1;
const box = document.getElementById("result");
const button = document.getElementById("verify");

/* The record: canonical msgpack of numbers, texts and arrays. */
function decode(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const big = (length) => {
    let number = 0n;
    for (let left = length; left > 0; left -= 1) number = number * 256n + BigInt(view.getUint8(at++));
    return Number(number);
  };
  const text = (length) => {
    at += length;
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice(at - length, at));
  };
  const array = (length) => Array.from({ length }, () => value());
  const value = () => {
    const head = view.getUint8(at++);
    if (head <= 0x7f) return head;
    if (head >= 0x90 && head <= 0x9f) return array(head - 0x90);
    if (head >= 0xa0 && head <= 0xbf) return text(head - 0xa0);
    if (head >= 0xcc && head <= 0xcf) return big(2 ** (head - 0xcc));
    if (head === 0xd9) return text(big(1));
    if (head === 0xdc) return array(big(2));
    throw new Error("the record has another form");
  };
  return value();
}

/* Whether the record says: licensed for the service at that time. The rules of queries/register.py. */
function isLicensed(record, service, atMs) {
  if (record === null) return false;
  const [, , , , services, state, validUntilMs, frozenUntilMs] = record;
  const isValid = !validUntilMs || atMs < validUntilMs;
  return state === IN_FORCE && isValid && (services & service) !== 0 && frozenUntilMs <= atMs;
}

function littleEndian(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number), true);
  return bytes;
}

function say(words, isGood, more = "") {
  box.className = isGood ? "notice" : "notice notice-error";
  box.replaceChildren(Object.assign(document.createElement("p"), { textContent: more ? `${words} (${more})` : words }));
  box.hidden = false;
}

async function check() {
  const asked = box.dataset;
  const { registerKey, verifyRegister } = await import(asked.verifier);
  const response = await fetch(asked.file);
  if (!response.ok) return say(asked.saysFailed, false);
  const data = new Uint8Array(await response.arrayBuffer());
  let found;
  try {
    found = await verifyRegister(data, { logKey: asked.logKey });
  } catch (error) {
    return say(asked.saysBad, false, error.code || "");
  }
  const key = await registerKey(Number(asked.type), littleEndian(asked.number));
  const isSameKey = key.every((byte, at) => byte === found.key[at]);
  const record = found.value === null ? null : decode(found.value);
  const said = isLicensed(record, Number(asked.service), Number(asked.at)) ? "yes" : "no";
  if (!isSameKey || found.askedMs !== BigInt(asked.at) || said !== asked.expected) return say(asked.saysOther, false);
  return found.signatureChecked ? say(asked.saysGood, true) : say(asked.saysUnsigned, false);
}

button.addEventListener("click", () => {
  button.disabled = true;
  check().catch(() => say(box.dataset.saysFailed, false)).finally(() => {
    button.disabled = false;
  });
});
