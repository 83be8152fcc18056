/*
 * Checks an answer of the public register in the browser: "was X licensed for Y on date T?" The same checks as
 * src/sanad/log/register_proof.py, whose first words define the bytes; no library, nothing is sent anywhere.
 *
 *     import { registerKey, verifyRegister } from "./verify-register.js";
 *     const found = await verifyRegister(bytes, { logKey, witnessKeys, threshold });
 *
 * It returns what the file proves, and throws VerificationError when anything does not hold. The page still compares
 * `found.key` and `found.askedMs` with what was asked, and says so where `signatureChecked` is false or `nextTimeMs`
 * is null (then the block is the newest of the checkpoint, and good up to the times of the witnesses only).
 *
 * SHA-256 is in the WebCrypto of every browser in use, on https and localhost. Ed25519 is there, switched on, from
 * Chrome, Edge and Android's WebView 137 (May 2025), Firefox 129 (August 2024), Safari 17 on macOS and iOS (September
 * 2023), and Node 20 (as of early 2026, as far as we know). In an older browser all hashes are checked and
 * `signatureChecked` is false: compare the checkpoint with one from another source, or use `sanad verify`.
 * ML-DSA-44 (key type 06) is not checked here: such lines are skipped like those of unknown keys.
 */

const SCHEMA = "sanad/register/v1";
const ANSWER_LENGTH_MAX = 1 << 19;
const VALUE_LENGTH_MAX = 1 << 16;
const PATH_HASHES_MAX = 64;
const SIGNATURE_LINES_MAX = 100;
const FUTURE_SECONDS_MAX = 300n;
const SIZE_MAX = 2n ** 63n - 1n;
const TYPE_LOG = 0x01;
const TYPE_WITNESS = 0x04;
/* What Python calls a space, so that both refuse the same names. */
const SPACE = /[\s\u0085]/u;
const BYTE_ORDER_MARK = "\ufeff";

export class VerificationError extends Error {
  constructor(code, advice) {
    super(`${advice} [${code}]`);
    this.name = "VerificationError";
    this.code = code;
  }
}

function require(condition, code, advice) {
  if (!condition) throw new VerificationError(code, advice);
}

/* ---- bytes ---- */

export function fromBase64(text) {
  let binary = "";
  try {
    binary = atob(text);
  } catch {
    throw new VerificationError("base64_bad", "write standard base64");
  }
  require(btoa(binary) === text, "base64_bad", "write standard base64 with padding and no spare bits");
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function join(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

function toText(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new VerificationError("not_utf8", "write text as UTF-8");
  }
}

function toBytes(text) {
  return new TextEncoder().encode(text);
}

function toNumber(bytes, littleEndian) {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, littleEndian);
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

/* ---- canonical msgpack, of this one format: arrays, byte strings, one text, numbers, nil, all in shortest form ---- */

class Reader {
  constructor(bytes) {
    this.bytes = new Uint8Array(bytes);
    this.at = 0;
  }

  take(length) {
    require(this.at + length <= this.bytes.length, "not_msgpack", "the file is cut short");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  /* A big-endian number of `length` bytes that must not fit the next shorter form, whose largest is `shorter`. */
  counted(length, shorter) {
    const number = this.take(length).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    require(number > shorter, "not_canonical", "use the shortest form of every number and length");
    return number;
  }

  nilCame() {
    if (this.bytes[this.at] !== 0xc0) return false;
    this.at += 1;
    return true;
  }

  number() {
    const [head] = this.take(1);
    if (head <= 0x7f) return BigInt(head);
    if (head === 0xcc) return this.counted(1, 0x7fn);
    if (head === 0xcd) return this.counted(2, 0xffn);
    if (head === 0xce) return this.counted(4, 0xffffn);
    if (head === 0xcf) return this.counted(8, 0xffffffffn);
    throw new VerificationError("type_bad", "a number was due");
  }

  octets(least, most) {
    const [head] = this.take(1);
    let length = -1n;
    if (head === 0xc4) length = this.counted(1, -1n);
    if (head === 0xc5) length = this.counted(2, 0xffn);
    if (head === 0xc6) length = this.counted(4, 0xffffn);
    require(length >= 0n, "type_bad", "bytes were due");
    require(length >= least && length <= most, "length_bad", "a part has a wrong length");
    return this.take(Number(length));
  }

  text(expected) {
    const bytes = toBytes(expected); // of at most 31 bytes: one form
    require(same(this.take(bytes.length + 1), join([0xa0 + bytes.length], bytes)), "schema_unknown", "another format");
  }

  arrayLength(most) {
    const [head] = this.take(1);
    let length = -1n;
    if (head >= 0x90 && head <= 0x9f) length = BigInt(head - 0x90);
    if (head === 0xdc) length = this.counted(2, 15n);
    require(length >= 0n && length <= most, "type_bad", "an array was due, or it is too long");
    return Number(length);
  }

  hashes() {
    return Array.from({ length: this.arrayLength(PATH_HASHES_MAX) }, () => this.octets(32, 32));
  }
}

function decodeAnswer(data) {
  require(data.length <= ANSWER_LENGTH_MAX, "length_bad", "an answer has at most 512 KiB");
  const reader = new Reader(data);
  require(reader.arrayLength(10) === 10, "schema_unknown", "an answer has ten parts");
  reader.text(SCHEMA);
  const answer = {
    askedMs: reader.number(),
    key: reader.octets(32, 32),
    value: reader.nilCame() ? null : reader.octets(1, VALUE_LENGTH_MAX),
    mapProof: reader.octets(32, 32 + 256 * 32),
    block: decodeBlock(reader.octets(128, 128)),
    path: reader.hashes(),
    nextBlock: reader.nilCame() ? null : decodeBlock(reader.octets(128, 128)),
    nextPath: reader.hashes(),
    checkpoint: reader.octets(0, ANSWER_LENGTH_MAX),
  };
  require(reader.at === data.length, "not_msgpack", "there is something after the end");
  require(answer.nextBlock || !answer.nextPath.length, "path_without_leaf", "a path belongs to a block");
  return answer;
}

/* magic 8 · version u16 1 · reserved 6 · height u64 · time ms u64 · entries root · chain digest · register root */
function decodeBlock(bytes) {
  const head = join(toBytes("sanadblk"), [1, 0, 0, 0, 0, 0, 0, 0]);
  require(same(bytes.slice(0, 16), head), "block_bad", "this is no block leaf of version 1");
  const height = toNumber(bytes.slice(16, 24), true);
  require(height >= 1n && height <= SIZE_MAX, "block_bad", "heights count from 1 and have 63 bits");
  return { bytes, height, timeMs: toNumber(bytes.slice(24, 32), true), registerRoot: bytes.slice(96) };
}

/* ---- Merkle ---- */

function nodeHash(left, right) {
  return sha256([1], left, right);
}

/* RFC 9162 §2.1.3.2. */
async function checkInclusion(index, size, leaf, path, root) {
  require(index >= 0n && index < size, "inclusion_proof_bad", "the block lies outside the tree");
  let [place, last, running] = [index, size - 1n, leaf];
  for (const sibling of path) {
    require(last > 0n, "inclusion_proof_bad", "there are too many hashes");
    if (place % 2n === 1n || place === last) {
      running = await nodeHash(sibling, running);
      while (place && place % 2n === 0n) [place, last] = [place / 2n, last / 2n];
    } else {
      running = await nodeHash(running, sibling);
    }
    [place, last] = [place / 2n, last / 2n];
  }
  require(last === 0n && same(running, root), "inclusion_proof_bad", "the path does not lead to the root");
}

let emptyHashes = null;

/* Hashes of empty subtrees of the map, by depth: 0 the root, 256 the leaf. */
async function empty() {
  if (!emptyHashes) {
    const upwards = [await sha256(toBytes("sanad/map/empty/v1\n"))];
    while (upwards.length <= 256) upwards.push(await nodeHash(upwards.at(-1), upwards.at(-1)));
    emptyHashes = upwards.reverse();
  }
  return emptyHashes;
}

/* Key of a record in the map: H(record type u16 little-endian ‖ id bytes). */
export function registerKey(recordType, id) {
  return sha256([recordType & 0xff, recordType >> 8], id);
}

/* Throws unless the map of that root has `value` at `key`, or no record there when `value` is null. */
export async function verifyMap(root, key, value, proof) {
  const bad = (condition, advice) => require(condition, "map_proof_bad", advice);
  bad(proof.length >= 32 && proof.length % 32 === 0 && proof.length <= 8224, "a proof has another length");
  const bit = (bytes, depth) => (bytes[(depth - 1) >> 3] >> (7 - ((depth - 1) & 7))) & 1;
  const none = await empty();
  const prefix = join([0], toBytes("sanad/map/leaf/v1\n"));
  let running = value === null ? none[256] : await sha256(prefix, key, await sha256(value));
  let at = 32;
  for (let depth = 256; depth > 0; depth -= 1) {
    let sibling = none[depth];
    if (bit(proof, depth)) {
      sibling = proof.slice(at, at + 32);
      bad(sibling.length === 32 && !same(sibling, none[depth]), "a sibling is missing or empty");
      at += 32;
    }
    running = bit(key, depth) ? await nodeHash(sibling, running) : await nodeHash(running, sibling);
  }
  bad(at === proof.length, "there are more siblings than bits");
  bad(same(running, root), "it leads to another root: another map, key or value");
}

/* ---- signed checkpoint (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ---- */

function nameFits(name) {
  const length = toBytes(name).length;
  const spaced = SPACE.test(name.replaceAll(BYTE_ORDER_MARK, "")); // which is no space to Python
  return length >= 1 && length <= 255 && !name.includes("+") && !spaced && !/[\0-\x1f]/.test(name);
}

/* A verifier key, `name+8 hex digits+base64`, of the one type asked for. */
async function decodeKey(text, type) {
  const parts = /^([^+\n]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text);
  require(parts && nameFits(parts[1]), "key_bad", "write a verifier key as its owner published it");
  const material = fromBase64(parts[3]);
  require(material.length === 33 && material[0] === type, "key_type_bad", `a key of type 0${type} is due here`);
  const id = (await sha256(toBytes(parts[1]), [0x0a], material)).slice(0, 4);
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  require(hex === parts[2], "key_id_bad", "the key ID belongs to another key");
  return { name: parts[1], id, publicKey: material.slice(1) };
}

function decodeNote(bytes) {
  require(!bytes.some((byte) => byte < 0x20 && byte !== 0x0a), "control_character", "a note has newlines only");
  const whole = toText(bytes);
  const end = whole.lastIndexOf("\n\n");
  require(end >= 0 && whole.endsWith("\n"), "note_bad", "a note has an empty line before its signatures");
  const lines = whole.slice(end + 2, -1).split("\n").map((line) => {
    const parts = /^\u2014 ([^ \n]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    require(parts && !parts[1].includes("+"), "signature_line_bad", "a signature line has another form");
    require(!SPACE.test(parts[1].replaceAll(BYTE_ORDER_MARK, "")), "name_bad", "a name has no space");
    const material = fromBase64(parts[2]);
    require(material.length > 4, "signature_line_bad", "a signature line holds a key ID and a signature");
    return { name: parts[1], id: material.slice(0, 4), signature: material.slice(4) };
  });
  require(lines.length <= SIGNATURE_LINES_MAX, "too_many_lines", "a note has at most 100 signatures");
  return { text: whole.slice(0, end + 1), lines };
}

function decodeCheckpoint(text) {
  const lines = text.split("\n");
  require(lines.length === 4 && lines[3] === "", "checkpoint_bad", "a checkpoint has origin, size and root");
  const [origin, digits, rootText] = lines;
  require(nameFits(origin), "origin_bad", "the origin is no name");
  require(/^(0|[1-9][0-9]{0,18})$/.test(digits) && BigInt(digits) <= SIZE_MAX, "decimal_bad", "the size is no number");
  const root = fromBase64(rootText);
  require(root.length === 32, "hash_length_bad", "a root is 32 bytes");
  return { origin, size: BigInt(digits), root };
}

/* Whether this browser verifies Ed25519; tried with the public key of RFC 8032 §7.1, test 1. */
export async function supportsEd25519() {
  const known = fromBase64("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  return crypto.subtle.importKey("raw", known, { name: "Ed25519" }, false, ["verify"]).then(() => true, () => false);
}

async function checkSignature(publicKey, signature, message) {
  const algorithm = { name: "Ed25519" };
  const valid =
    signature.length === 64 &&
    (await crypto.subtle
      .importKey("raw", publicKey, algorithm, false, ["verify"])
      .then((key) => crypto.subtle.verify(algorithm, key, signature, message))
      .catch(() => false));
  require(valid, "signature_bad", "a line by a known key does not verify; trust nothing of this file");
}

function linesOf(note, key) {
  return note.lines.filter((line) => line.name === key.name && same(line.id, key.id));
}

/* When a witness cosigned: the newest of its times, null when it did not. Every line by its key must verify. */
async function timeSignedBy(note, key, now) {
  let newest = null;
  for (const line of linesOf(note, key)) {
    require(line.signature.length === 72, "signature_bad", "a cosignature has another length");
    const time = toNumber(line.signature.slice(0, 8), false);
    require(time >= 1n && time <= SIZE_MAX, "time_bad", "time 0 claims nothing");
    require(time <= now + FUTURE_SECONDS_MAX, "time_in_future", "compare both clocks");
    const message = toBytes(`cosignature/v1\ntime ${time}\n${note.text}`);
    await checkSignature(key.publicKey, line.signature.slice(8), message);
    if (newest === null || time > newest) newest = time;
  }
  return newest;
}

async function checkSigners(note, logKey, witnessKeys, threshold, now) {
  const own = linesOf(note, logKey);
  require(own.length > 0, "log_signature_missing", "the log has not signed");
  for (const line of own) await checkSignature(logKey.publicKey, line.signature, toBytes(note.text));
  const witnesses = [];
  for (const key of witnessKeys) {
    const time = await timeSignedBy(note, key, now);
    if (time !== null) witnesses.push({ name: key.name, time });
  }
  require(witnesses.length >= threshold, "quorum_not_met", "too few known witnesses cosigned; ask again later");
  return witnesses;
}

/* ---- the whole answer ---- */

function checkTimes(answer, now) {
  const { askedMs, block, nextBlock } = answer;
  require(askedMs <= (now + FUTURE_SECONDS_MAX) * 1000n, "time_in_future", "ask about a time that has come");
  require(block.timeMs <= askedMs, "time_outside", "the block is later than the time asked about");
  if (!nextBlock) return;
  require(nextBlock.height === block.height + 1n, "not_neighbours", "the two blocks do not follow one another");
  require(nextBlock.timeMs > askedMs, "time_outside", "the next block is not later than the time asked about");
}

async function decodeKeys(logText, witnessTexts) {
  const logKey = await decodeKey(logText, TYPE_LOG);
  const witnessKeys = [];
  for (const text of witnessTexts) {
    const key = await decodeKey(text, TYPE_WITNESS);
    const known = witnessKeys.some((other) => same(other.publicKey, key.publicKey));
    require(!known, "key_twice", "one public key stands for one witness");
    witnessKeys.push(key);
  }
  return { logKey, witnessKeys };
}

/*
 * What the answer file proves to one who trusts the log's key and `threshold` of the witnesses' keys (type 04), all
 * written as verifier keys. `now` is in seconds since 1970. Numbers in the result are BigInt, milliseconds since 1970
 * but for the witnesses' times, which are seconds.
 */
export async function verifyRegister(data, { logKey, witnessKeys = [], threshold = 0, now = Date.now() / 1000 }) {
  require(globalThis.crypto?.subtle, "no_web_cryptography", "open this page over https");
  const seconds = BigInt(Math.floor(now));
  const answer = decodeAnswer(data);
  checkTimes(answer, seconds);
  const keys = await decodeKeys(logKey, witnessKeys);
  const note = decodeNote(answer.checkpoint);
  const { origin, size, root } = decodeCheckpoint(note.text);
  require(origin === keys.logKey.name, "log_signature_missing", "the checkpoint is of another log");
  const { block, nextBlock } = answer;
  require(nextBlock || size === block.height, "next_block_missing", "the checkpoint has a later block");
  await checkInclusion(block.height - 1n, size, await sha256([0], block.bytes), answer.path, root);
  if (nextBlock) {
    await checkInclusion(nextBlock.height - 1n, size, await sha256([0], nextBlock.bytes), answer.nextPath, root);
  }
  await verifyMap(block.registerRoot, answer.key, answer.value, answer.mapProof);
  const signatureChecked = await supportsEd25519();
  const witnesses = signatureChecked
    ? await checkSigners(note, keys.logKey, keys.witnessKeys, threshold, seconds)
    : [];
  return {
    askedMs: answer.askedMs,
    key: answer.key,
    value: answer.value,
    height: block.height,
    timeMs: block.timeMs,
    nextTimeMs: nextBlock ? nextBlock.timeMs : null,
    origin,
    size,
    witnesses,
    signatureChecked,
  };
}
