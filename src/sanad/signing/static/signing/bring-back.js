/*
 * The signing page leads back to us with its answer behind "#", which no server sees. This hands it to our own form,
 * with our own protection against forgery, and takes it out of the address.
 */

(() => {
  const form = document.getElementById("brought-back");
  const brought = new URLSearchParams(location.hash.slice(1));
  if (form === null || location.hash === "") return;
  history.replaceState(null, "", location.pathname + location.search);
  const wanted = Array.from(form.querySelectorAll("input[data-brought]"));
  if (wanted.length === 0 || !wanted.every((each) => brought.has(each.name))) return;
  for (const each of wanted) each.value = brought.get(each.name);
  form.submit();
})();
