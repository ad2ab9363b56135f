// What a letter may hold, as merge/letters/prose.py has it. `n` is the block of the file that a
// block was, so that one nobody changes keeps its bytes.
import { Schema } from "prosemirror-model";

const aligns = ["left", "center", "right"];
const n = { n: { default: null } };

export const schema = new Schema({
  nodes: {
    doc: { content: "block+" },
    // The one line of an editor of its own.
    line: { content: "subject" },
    subject: { content: "(text | blank | choice)*", marks: "", toDOM: () => ["p", 0] },
    paragraph: {
      group: "block prose",
      content: "inline*",
      attrs: n,
      parseDOM: [{ tag: "p" }],
      toDOM: () => ["p", 0],
    },
    heading: {
      group: "block prose",
      content: "inline*",
      attrs: { ...n, level: { default: 2 } },
      parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level } })),
      // One level down: the page has the h1.
      toDOM: (node) => [`h${Math.min(node.attrs.level + 2, 6)}`, 0],
    },
    bullets: {
      group: "block prose",
      content: "item+",
      attrs: { ...n, loose: { default: false } },
      parseDOM: [{ tag: "ul" }],
      toDOM: () => ["ul", 0],
    },
    numbers: {
      group: "block prose",
      content: "item+",
      attrs: { ...n, loose: { default: false }, start: { default: 1 } },
      parseDOM: [{ tag: "ol", getAttrs: (list) => ({ start: list.start || 1 }) }],
      toDOM: (node) => ["ol", { start: node.attrs.start }, 0],
    },
    item: { content: "paragraph", defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", 0] },
    // Its first row is its head; how a column is aligned stands in each of its cells.
    table: {
      group: "block prose",
      content: "row+",
      attrs: n,
      isolating: true,
      parseDOM: [{ tag: "table" }],
      toDOM: () => ["table", ["tbody", 0]],
    },
    row: { content: "cell+", parseDOM: [{ tag: "tr" }], toDOM: () => ["tr", 0] },
    cell: {
      content: "inline*",
      attrs: { align: { default: "" } },
      isolating: true,
      parseDOM: [
        { tag: "td p, th p", skip: true, priority: 60 },
        { tag: "td, th", getAttrs: ({ style }) => ({ align: aligns.includes(style.textAlign) ? style.textAlign : "" }) },
      ],
      toDOM: ({ attrs }) => ["td", attrs.align ? { style: `text-align: ${attrs.align}` } : {}, 0],
    },
    // To the right, in the middle or set in.
    aligned: {
      group: "block",
      content: "prose+",
      attrs: { ...n, kind: { default: "right" } },
      parseDOM: [{ tag: "div[data-aligned]", getAttrs: (div) => ({ kind: div.dataset.aligned }) }],
      toDOM: (node) => ["div", { "data-aligned": node.attrs.kind }, 0],
    },
    // A footnote, called by its label; the page numbers it.
    note: {
      group: "block",
      content: "inline*",
      attrs: { ...n, label: {} },
      defining: true,
      isolating: true,
      toDOM: () => ["p", { class: "footnote" }, 0],
    },
    newpage: { group: "block", attrs: n, parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] },
    // What an editor has no shape for: it is shown as it reads, and keeps its bytes.
    closed: { group: "block", atom: true, attrs: n, toDOM: () => ["div"] },
    text: { group: "inline" },
    break: {
      group: "inline",
      inline: true,
      selectable: false,
      parseDOM: [{ tag: "br" }],
      toDOM: () => ["br"],
    },
    // A blank: its expression; or, where nothing fills it yet, its name.
    blank: {
      group: "inline",
      inline: true,
      atom: true,
      attrs: { expression: { default: "" }, name: { default: "" } },
      parseDOM: [
        {
          tag: "span[data-blank]",
          getAttrs: (chip) => ({ expression: chip.dataset.blank, name: chip.dataset.name || "" }),
        },
      ],
      toDOM: ({ attrs }) => ["span", { "data-blank": attrs.expression, "data-name": attrs.name }],
      leafText: ({ attrs }) => `[${attrs.name || attrs.expression}]`,
    },
    // An `if` to its `endif`, of words and blanks.
    choice: {
      group: "inline",
      inline: true,
      atom: true,
      attrs: { source: {} },
      parseDOM: [{ tag: "span[data-choice]", getAttrs: (chip) => ({ source: chip.dataset.choice }) }],
      toDOM: ({ attrs }) => ["span", { "data-choice": attrs.source }],
      leafText: () => "[…]",
    },
    call: {
      group: "inline",
      inline: true,
      atom: true,
      attrs: { label: {} },
      parseDOM: [{ tag: "sup[data-label]", getAttrs: (call) => ({ label: call.dataset.label }) }],
      toDOM: ({ attrs }) => ["sup", { "data-label": attrs.label, role: "img" }],
      leafText: () => "",
    },
    picture: {
      group: "inline",
      inline: true,
      atom: true,
      attrs: { src: {}, alt: { default: "" }, width: { default: "" } },
      parseDOM: [
        {
          tag: "img[data-picture]",
          getAttrs: ({ alt, dataset }) => ({ src: dataset.picture, alt, width: dataset.width }),
        },
      ],
      toDOM: ({ attrs }) => ["img", { "data-picture": attrs.src, "data-width": attrs.width, alt: attrs.alt }],
      leafText: ({ attrs }) => attrs.alt,
    },
  },
  marks: {
    link: {
      attrs: { href: {} },
      inclusive: false,
      parseDOM: [{ tag: "a[href]", getAttrs: (link) => ({ href: link.getAttribute("href") }) }],
      toDOM: (mark) => ["a", { href: mark.attrs.href }, 0],
    },
    strong: {
      parseDOM: [{ tag: "strong" }, { tag: "b", getAttrs: (b) => b.style.fontWeight !== "normal" && null }],
      toDOM: () => ["strong", 0],
    },
    em: { parseDOM: [{ tag: "em" }, { tag: "i" }], toDOM: () => ["em", 0] },
  },
});
