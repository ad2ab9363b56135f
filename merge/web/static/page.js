// What makes the pages live. They all work without it.

// Where a person reads on: what is wrong, else what came of the form that brought them here.
const readOn = (root) => {
  const place = root.querySelector("#wrong") ?? root.querySelector(".done[role=status]");
  if (!place) return false;
  place.tabIndex = -1;
  place.focus();
  return true;
};
// Whoever has begun to type before this was there stays in their field.
document.addEventListener("DOMContentLoaded", () => document.activeElement === document.body && readOn(document));

// A swap keeps the focus of what has an id. What had none is gone with its focus: the part's heading
// gets it. Whoever only changes a field, as by arrow keys in a list, stays in it.
let hadFocus = false;
document.addEventListener("htmx:beforeSwap", (event) => {
  hadFocus = event.detail.target.contains(document.activeElement);
});
document.addEventListener("htmx:afterSettle", (event) => {
  const asked = event.detail.requestConfig?.triggeringEvent?.type;
  if (asked === "submit" && readOn(event.target)) return;
  if (!hadFocus || document.activeElement !== document.body) return;
  const heading = event.target.querySelector("h1, h2, h3, .who");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  // Where Back finds the same again. htmx would keep pages, too.
  const address = detail.xhr.getResponseHeader("Content-Location");
  if (address) history.replaceState(null, "", address);
});

// A choice that asks for more opens where that is said.
document.addEventListener("change", ({ target }) => {
  const more = document.getElementById(target.selectedOptions?.[0]?.dataset.opens);
  if (more) more.open = true;
});

// A form is posted once. The button says so where its answer takes longer than a blink.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.works) return event.preventDefault();
  form.dataset.works = "yes";
  setTimeout(() => {
    const live = document.getElementById("live");
    live.textContent = live.dataset.works;
    submitter?.setAttribute("aria-disabled", "true");
    submitter?.append(` – ${live.dataset.works}`);
  }, 300);
});
document.addEventListener("htmx:beforeRequest", ({ detail: { elt, requestConfig, xhr } }) => {
  const { type, submitter } = requestConfig.triggeringEvent ?? {};
  if (!["click", "submit"].includes(type)) return;
  const says = document.createElement("span");
  setTimeout(() => {
    if (xhr.readyState === XMLHttpRequest.DONE) return;
    says.textContent = ` – ${document.getElementById("live").dataset.works}`;
    (submitter ?? elt).append(says);
  }, 300);
  xhr.addEventListener("loadend", () => says.remove());
});
// Back to a page that was kept as it was: its forms are old.
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
