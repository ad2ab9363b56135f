// What makes the pages live. They all work without it.
// An error moves the focus to its summary, on load as after a swap.
const toError = (root) => root.querySelector("#wrong")?.focus();
document.addEventListener("DOMContentLoaded", () => toError(document));
document.addEventListener("htmx:afterSettle", (event) => toError(event.target));
