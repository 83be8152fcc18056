/*
 * Reads what is to be signed from the very bytes that are signed (docs/reference/formats.md §1 and §2), and says it in
 * words. Nothing here touches the page or the network: the same text runs in the browser and in the tests.
 *
 * Whatever is not exactly as the formats say, or says something that these words do not know, is a ReadingError: then
 * nothing is shown as if it were understood, and nothing is signed.
 */

const reading = (() => {
  const HEADER_SIZE = 112;
  const BODY_SIZE_MAX = 32768;
  const NESTING_MAX = 8;
  const SIGNATURE_SIZE_MAX = 1024;
  const KINDS = { 2: "act", 3: "propose", 4: "confirm", 5: "withdraw" };
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  /* Characters that cannot be seen, or that turn the direction of what is read. */
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

  class ReadingError extends Error {}

  function must(condition, what) {
    if (!condition) throw new ReadingError(what);
  }

  /* ---- bytes ---- */

  const text = (words) => new TextEncoder().encode(words);
  const hex = (bytes) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
  const same = (left, right) => left.length === right.length && left.every((each, at) => each === right[at]);

  function join(...parts) {
    const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  function fromBase64(encoded) {
    must(/^[A-Za-z0-9_-]*$/.test(encoded), "base64");
    let binary = "";
    try {
      binary = atob(encoded.replace(/-/g, "+").replace(/_/g, "/"));
    } catch {
      throw new ReadingError("base64");
    }
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  }

  function toBase64(bytes) {
    const binary = Array.from(bytes, (each) => String.fromCharCode(each)).join("");
    return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function unsigned(bytes, at, size) {
    let value = 0n;
    for (let index = size - 1; index >= 0; index -= 1) value = (value << 8n) | BigInt(bytes[at + index]);
    return value;
  }

  function littleEndian(value, size) {
    const bytes = new Uint8Array(size);
    for (let index = 0; index < size; index += 1) bytes[index] = Number((BigInt(value) >> BigInt(8 * index)) & 255n);
    return bytes;
  }

  async function digest(...parts) {
    return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
  }

  /* ---- canonical msgpack: nil, booleans, integers, bytes, text, arrays, each in its shortest form ---- */

  function decode(bytes) {
    let at = 0;

    function take(size) {
      must(at + size <= bytes.length, "the act ends too early");
      at += size;
      return bytes.subarray(at - size, at);
    }

    function big(size) {
      return take(size).reduce((value, each) => (value << 8n) | BigInt(each), 0n);
    }

    function wide(size, least) {
      const value = big(size);
      must(value >= least, "an integer is longer than it needs to be");
      return value;
    }

    function negative(size, most) {
      const value = BigInt.asIntN(size * 8, big(size));
      must(value < most, "an integer is longer than it needs to be");
      return value;
    }

    const long = (size, least) => Number(wide(size, BigInt(least)));
    const bytesOf = (size) => take(size).slice();

    function textOf(size) {
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(take(size));
      } catch {
        throw new ReadingError("text is not UTF-8");
      }
    }

    function list(size, depth) {
      must(depth > 0 && size <= bytes.length, "lists lie too deep");
      const found = [];
      for (let index = 0; index < size; index += 1) found.push(value(depth - 1));
      return found;
    }

    function value(depth) {
      const first = take(1)[0];
      if (first < 0x80) return BigInt(first);
      if (first >= 0xe0) return BigInt(first) - 256n;
      if (first >= 0xa0 && first < 0xc0) return textOf(first & 31);
      if (first >= 0x90 && first < 0xa0) return list(first & 15, depth);
      switch (first) {
        case 0xc0: return null;
        case 0xc2: return false;
        case 0xc3: return true;
        case 0xc4: return bytesOf(long(1, 0));
        case 0xc5: return bytesOf(long(2, 0x100));
        case 0xc6: return bytesOf(long(4, 0x10000));
        case 0xcc: return wide(1, 0x80n);
        case 0xcd: return wide(2, 0x100n);
        case 0xce: return wide(4, 0x10000n);
        case 0xcf: return wide(8, 0x100000000n);
        case 0xd0: return negative(1, -32n);
        case 0xd1: return negative(2, -128n);
        case 0xd2: return negative(4, -32768n);
        case 0xd3: return negative(8, -2147483648n);
        case 0xd9: return textOf(long(1, 32));
        case 0xda: return textOf(long(2, 0x100));
        case 0xdb: return textOf(long(4, 0x10000));
        case 0xdc: return list(long(2, 16), depth);
        case 0xdd: return list(long(4, 0x10000), depth);
        default: throw new ReadingError("the act holds what no act may hold");
      }
    }

    const found = value(NESTING_MAX);
    must(at === bytes.length, "something follows the act");
    return found;
  }

  /* ---- the message ---- */

  function readHeader(bytes) {
    must(bytes.length >= HEADER_SIZE, "the header is not whole");
    must(hex(bytes.subarray(0, 4)) === "736e6431" && unsigned(bytes, 4, 2) === 1n, "this is no message");
    must(unsigned(bytes, 30, 2) === 1n, "another edition of the rules");
    must(unsigned(bytes, 60, 4) === 0n, "a reserved field is used");
    return {
      kind: KINDS[Number(unsigned(bytes, 6, 2))],
      network: bytes.slice(8, 24),
      institution: unsigned(bytes, 24, 4),
      lane: unsigned(bytes, 28, 2),
      sequence: unsigned(bytes, 32, 8),
      expiryMs: unsigned(bytes, 40, 8),
      items: unsigned(bytes, 48, 4),
      bodyLength: unsigned(bytes, 52, 4),
      bodyDigest: bytes.slice(64 + 16, HEADER_SIZE),
    };
  }

  const isNumber = (each) => typeof each === "bigint" && each >= 0n && each < 2n ** 63n;

  function readAct(body) {
    const found = decode(body);
    must(Array.isArray(found) && found.length >= 4, "this is no act");
    const [schema, recipients, refers, digests, ...fields] = found;
    must(isNumber(schema), "this is no act");
    for (const numbers of [recipients, refers]) must(Array.isArray(numbers) && numbers.every(isNumber), "this is no act");
    must(Array.isArray(digests), "this is no act");
    must(digests.every((each) => each instanceof Uint8Array && each.length === 32), "a digest has 32 bytes");
    return { schema: String(schema), recipients, refers, digests, fields };
  }

  /* What `message`, header and body, says. For a decision on a proposal, `proposal` is the body that it is about. */
  async function readMessage(message, proposal) {
    const header = readHeader(message);
    const body = message.slice(HEADER_SIZE);
    must(header.kind !== undefined && header.items === 1n, "this page signs single acts of persons only");
    must(body.length <= BODY_SIZE_MAX && header.bodyLength === BigInt(body.length), "the body is not whole");
    must(same(await digest(body), header.bodyDigest), "the body is another than the header says");
    const act = readAct(body);
    const found = {
      header, act, body,
      digest: await digest(text("sanad/message/v1\n"), message.subarray(0, HEADER_SIZE)),
      said: act, entry: null,
    };
    if (header.kind === "confirm" || header.kind === "withdraw") {
      must(act.schema === "0" && act.refers.length === 1 && act.digests.length === 1, "this is no decision");
      must(act.fields.length === 0, "this is no decision");
      must(same(await digest(proposal), act.digests[0]), "the proposal shown is another than the one decided on");
      found.entry = act.refers[0];
      found.said = readAct(proposal);
    }
    return found;
  }

  /* ---- words ---- */

  function seen(words) {
    return words.replace(UNSEEN, (each) => `\\u{${each.codePointAt(0).toString(16)}}`);
  }

  /* One value in words: {text}, {moment} in ms, {institution}, or {bytes}. */
  function valueOf(words, type, value) {
    const number = () => {
      must(isNumber(value), `${type} is no number`);
      return value;
    };
    const chosen = (table, key) => {
      must(words[table][type] !== undefined && words[table][type][key] !== undefined, `${type} ${key} is not known here`);
      return words[table][type][key];
    };
    if (type === "institution") return { institution: number() };
    if (type === "number") return { text: String(number()) };
    if (type === "moment") return { moment: number() };
    if (type.startsWith("moment_or_")) return number() === 0n ? { word: type.slice("moment_or_".length) } : { moment: value };
    if (type === "text") {
      must(typeof value === "string", "text is no text");
      return value === "" ? { word: "none" } : { text: seen(value) };
    }
    if (type === "bytes") {
      must(value instanceof Uint8Array, "bytes are no bytes");
      return { bytes: hex(value) };
    }
    if (type === "list") {
      must(Array.isArray(value), "a list is no list");
      return { bytes: value.map(plain).join("\n") };
    }
    if (words.bits[type] !== undefined) {
      const bits = [];
      for (let bit = 1n; bit <= number(); bit <<= 1n) if (value & bit) bits.push(chosen("bits", String(bit)));
      return bits.length === 0 ? { word: "none" } : { several: bits };
    }
    return { either: chosen("values", String(number())) };
  }

  function plain(value) {
    if (Array.isArray(value)) return `[${value.map(plain).join(", ")}]`;
    if (value instanceof Uint8Array) return hex(value);
    return typeof value === "string" ? seen(value) : String(value);
  }

  /* The act's title and its lines, each in both languages: [[English, Urdu], value]. */
  function describe(words, act) {
    const known = words.acts[act.schema];
    must(known !== undefined, "this page does not know this act");
    const [, english, urdu, names] = known;
    const fields = names === "" ? [] : names.split(" ");
    must(fields.length === act.fields.length, "the act has other fields than this page knows");
    const lines = fields.map((name, at) => {
      const [inEnglish, inUrdu, type] = words.fields[name];
      return { name, label: [inEnglish, inUrdu], value: valueOf(words, type, act.fields[at]) };
    });
    return { title: [english, urdu], lines };
  }

  /* ---- signatures and keys ---- */

  /* DER to r ‖ s, 32 bytes each, with the low one of s and n − s. */
  function packSignature(der) {
    must(der[0] === 0x30 && der[1] === der.length - 2, "the signature's form");
    let at = 2;
    function integer() {
      must(der[at] === 2 && at + 2 + der[at + 1] <= der.length, "the signature's form");
      const bytes = der.subarray(at + 2, at + 2 + der[at + 1]);
      at += 2 + der[at + 1];
      return bytes.reduce((value, each) => (value << 8n) | BigInt(each), 0n);
    }
    const r = integer();
    const s = integer();
    must(at === der.length && r > 0n && r < ORDER && s > 0n && s < ORDER, "the signature's form");
    const low = s > ORDER / 2n ? ORDER - s : s;
    return join(littleEndian(r, 32).reverse(), littleEndian(low, 32).reverse());
  }

  /* A signature of suite 2: lengths, authenticator data, client data, r ‖ s. */
  function packAssertion(authenticatorData, clientData, der) {
    const lengths = join(littleEndian(authenticatorData.length, 2), littleEndian(clientData.length, 2));
    const packed = join(lengths, authenticatorData, clientData, packSignature(der));
    must(packed.length <= SIGNATURE_SIZE_MAX, "the signature is too long");
    return packed;
  }

  /* The 33 bytes of a public key, from the SubjectPublicKeyInfo that browsers give. */
  function compressedKey(info) {
    must(info.length === 91 && info[26] === 4, "the key is not one of P-256");
    return join(Uint8Array.of(2 + (info[90] & 1)), info.subarray(27, 59));
  }

  /* What a new key signs to prove that it is held (formats.md §1). */
  async function possession(network, institution, person, publicKey) {
    must(network.length === 16, "a network has 16 bytes");
    const keyId = (await digest(littleEndian(2, 2), publicKey)).subarray(0, 16);
    return digest(text("sanad/possession/v1\n"), network, littleEndian(institution, 4), littleEndian(person, 4), keyId);
  }

  return {
    ReadingError, compressedKey, decode, describe, fromBase64, hex, packAssertion, packSignature, possession, readMessage,
    toBase64,
  };
})();
