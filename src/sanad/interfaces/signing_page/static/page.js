/*
 * The page itself. What is to be signed comes in the address behind "#", which no server sees; the signature goes back
 * in the same way. The page asks no server for anything: its policy forbids it.
 *
 *     #do=sign   message, proposal, credential, name (number:name, several), return, language, zone
 *     #do=make   network, institution, person, holder, name, return, language, zone
 */

const words = {{words}};

(() => {
  const { fromBase64, toBase64 } = reading;
  const asked = new URLSearchParams(location.hash.slice(1));
  const content = document.getElementById("content");
  const toggle = document.getElementById("language");
  let language = asked.get("language") === "ur" ? "ur" : "en";
  let made = null;

  const pick = (pair) => pair[language === "ur" ? 1 : 0];
  const say = (name) => pick(words.page[name]);

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children.filter((each) => each !== null));
    return made;
  }

  function facts(rows) {
    return element("dl", {}, ...rows.flatMap(([label, shown]) => [element("dt", {}, label), element("dd", {}, ...[shown].flat())]));
  }

  const code = (shown) => element("code", { dir: "ltr" }, shown);
  const isolated = (shown) => element("bdi", {}, shown);

  /* In the portal's zone if it names one, else in the browser's; whichever it is stands beside the time. */
  function moment(timeMs) {
    const form = { dateStyle: "long", timeStyle: "short", hourCycle: "h23" };
    const tag = language === "ur" ? "ur-PK-u-nu-latn" : "en-GB";
    let shown = new Intl.DateTimeFormat(tag, form);
    try {
      shown = new Intl.DateTimeFormat(tag, { ...form, timeZone: asked.get("zone") ?? undefined });
    } catch {
      /* a zone that this browser does not know */
    }
    return isolated(`${shown.format(new Date(Number(timeMs)))} (${shown.resolvedOptions().timeZone})`);
  }

  /* ---- where to go back to: the portal, on https or on one's own machine, and nothing else ---- */

  function wayBack() {
    let address = null;
    try {
      address = new URL(asked.get("return") ?? "");
    } catch {
      throw new reading.ReadingError("no way back is named");
    }
    const isOwnMachine = /^(localhost|127\.0\.0\.1|[a-z0-9-]+\.localhost)$/.test(address.hostname);
    const isSafe = address.protocol === "https:" || (address.protocol === "http:" && isOwnMachine);
    if (!isSafe || address.origin === location.origin) throw new reading.ReadingError("the way back is not a portal's");
    address.hash = "";
    return address;
  }

  function goBack(given) {
    const address = wayBack();
    address.hash = new URLSearchParams(given).toString();
    location.assign(address.href);
  }

  /* ---- passkeys ---- */

  async function assertion(challenge, credential) {
    const allowed = credential.length === 0 ? [] : [{ type: "public-key", id: credential }];
    const { response } = await navigator.credentials.get({
      publicKey: { challenge, rpId: location.hostname, allowCredentials: allowed, userVerification: "required" },
    });
    const bytes = (buffer) => new Uint8Array(buffer);
    return reading.packAssertion(bytes(response.authenticatorData), bytes(response.clientDataJSON), bytes(response.signature));
  }

  async function makeKey() {
    const number = (name) => BigInt(asked.get(name) ?? "");
    if (made === null) {
      const holder = asked.get("holder") ?? "";
      const created = await navigator.credentials.create({
        publicKey: {
          rp: { id: location.hostname, name: `Sanad: ${location.hostname}` },
          user: { id: crypto.getRandomValues(new Uint8Array(16)), name: holder, displayName: holder },
          challenge: crypto.getRandomValues(new Uint8Array(32)),
          pubKeyCredParams: [{ type: "public-key", alg: -7 }],
          authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
          attestation: "none",
        },
      });
      const publicKey = reading.compressedKey(new Uint8Array(created.response.getPublicKey()));
      made = { publicKey, credential: new Uint8Array(created.rawId) };
    }
    const network = fromBase64(asked.get("network") ?? "");
    const claim = await reading.possession(network, number("institution"), number("person"), made.publicKey);
    const proof = await assertion(claim, made.credential);
    return { public: toBase64(made.publicKey), credential: toBase64(made.credential), possession: toBase64(proof) };
  }

  /* ---- what is shown ---- */

  function nameOf(number) {
    const told = asked.getAll("name").find((each) => each.startsWith(`${number}:`));
    const shown = `${say("institution_number")} ${number}`;
    if (told === undefined) return [shown];
    return [isolated(told.slice(String(number).length + 1)), ` (${shown})`, element("small", {}, say("told"))];
  }

  function shownValue(value) {
    if ("institution" in value) return nameOf(value.institution);
    if ("moment" in value) return moment(value.moment);
    if ("word" in value) return say(value.word);
    if ("several" in value) return value.several.map(pick).join(language === "ur" ? "، " : ", ");
    if ("either" in value) return pick(value.either);
    return "bytes" in value ? code(value.bytes) : isolated(value.text);
  }

  function act(found) {
    const { title, lines } = reading.describe(words, found.said);
    const rows = lines.map((line) => [pick(line.label), shownValue(line.value)]);
    if (found.entry !== null) rows.unshift([say("proposal_entry"), String(found.entry)]);
    for (const each of found.said.digests) rows.push([say("grounds"), code(reading.hex(each))]);
    if (found.said.refers.length > 0) rows.push([say("refers"), found.said.refers.join(", ")]);
    return element(
      "section", { class: "panel" }, element("p", { class: "over" }, say(found.header.kind)),
      element("h2", {}, pick(title)), facts(rows), element("p", { class: "effect" }, say(`${found.header.kind}_note`)),
    );
  }

  function details(found) {
    const { header } = found;
    const shown = header.kind === "confirm" || header.kind === "withdraw" ? found.act.recipients : found.said.recipients;
    return element("details", {}, element("summary", {}, say("details")), facts([
      [say("digest"), code(reading.hex(found.digest))],
      [say("body"), code(reading.hex(header.bodyDigest))],
      [say("sender"), nameOf(header.institution)],
      [say("recipients"), shown.length === 0 ? say("none") : shown.map((each) => `${say("institution_number")} ${each}`).join(", ")],
      [say("place"), code(`${header.lane} / ${header.sequence}`)],
      [say("network"), code(reading.hex(header.network))],
      [say("until"), moment(header.expiryMs)],
    ]));
  }

  function actions(label, backLabel, work) {
    const notice = element("p", { class: "notice", role: "status" });
    const button = element("button", { type: "button", id: "sign" }, label);
    button.addEventListener("click", async () => {
      button.disabled = true;
      notice.textContent = say("waiting");
      try {
        const given = await work();
        notice.textContent = say("going_back");
        goBack(given);
      } catch (error) {
        notice.textContent = error instanceof reading.ReadingError ? `${say("refused")}: ${error.message}` : say("failed");
        button.disabled = false;
      }
    });
    const back = wayBack();
    return [
      notice, element("div", { class: "actions" }, button, element("a", { href: back.href, id: "back" }, backLabel)),
      element("p", { class: "where" }, `${say("return")} `, code(back.origin)),
    ];
  }

  async function signing() {
    const found = await reading.readMessage(fromBase64(asked.get("message") ?? ""), fromBase64(asked.get("proposal") ?? ""));
    const credential = fromBase64(asked.get("credential") ?? "");
    const sign = async () => ({ signature: toBase64(await assertion(found.digest, credential)) });
    return [
      element("h1", {}, say("title")), element("p", { class: "lead" }, say("lead")), act(found), details(found),
      ...actions(say("sign"), say("back"), sign),
    ];
  }

  function making() {
    const rows = [
      [say("make_institution"), nameOf(BigInt(asked.get("institution") ?? ""))],
      [say("make_person"), `${say("institution_number")} ${BigInt(asked.get("person") ?? "")}`],
    ];
    return [
      element("h1", {}, say("make_title")), element("p", { class: "lead" }, say("make_lead")),
      element("section", { class: "panel" }, facts(rows)), ...actions(say("make"), say("make_back"), makeKey),
    ];
  }

  function nothing() {
    return [element("h1", {}, say("nothing")), element("p", { class: "lead" }, say("nothing_lead"))];
  }

  function refused(error) {
    const what = element("p", { class: "notice stop", role: "alert" }, say("refused_lead"), " ", code(error.message));
    return [element("h1", {}, say("refused")), what];
  }

  async function show() {
    document.documentElement.lang = language;
    document.documentElement.dir = language === "ur" ? "rtl" : "ltr";
    document.querySelector("[data-brand]").textContent = language === "ur" ? "سند" : "Sanad";
    toggle.hidden = false;
    toggle.lang = language === "ur" ? "en" : "ur";
    toggle.textContent = language === "ur" ? "English" : "اردو";
    let shown = [];
    try {
      const task = asked.get("do");
      shown = task === "sign" ? await signing() : task === "make" ? making() : nothing();
    } catch (error) {
      shown = refused(error);
    }
    document.title = `${shown[0].textContent} · Sanad`;
    content.replaceChildren(...shown);
  }

  toggle.addEventListener("click", () => {
    language = language === "ur" ? "en" : "ur";
    show();
  });
  addEventListener("hashchange", () => location.reload());
  show();
})();
