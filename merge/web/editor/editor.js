// The letter's editor. It fills the plain form of the page: the hidden field "document" has what
// was written, and without this script the fields of the paragraphs are there instead.
import { baseKeymap, chainCommands, setBlockType, toggleMark } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { InputRule, inputRules, undoInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { Fragment, NodeRange, Slice } from "prosemirror-model";
import { liftListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { EditorState, NodeSelection, Plugin, Selection, TextSelection } from "prosemirror-state";
import { Decoration, DecorationSet, EditorView } from "prosemirror-view";
import { schema } from "./schema.js";

const { nodes, marks } = schema;
const form = document.getElementById("letter-form");
const place = document.getElementById("editor");
const given = JSON.parse(place.dataset.letter); // document, words, values, names, sentences
const original = schema.nodeFromJSON(given.document);
const byNumber = new Map();
original.forEach((node) => byNumber.set(node.attrs.n, node));

// What was typed before the form came back, else the letter as it stands in its file.
function begun() {
  if (!given.typed) return original;
  const told = JSON.parse(given.typed);
  const content = told.map((node) => ("keep" in node ? byNumber.get(node.keep).toJSON() : node));
  return schema.nodeFromJSON({ type: "doc", content });
}

// What is told of the letter beside the text: what blanks say to that recipient, what to look at.
const shown = () => document.getElementById("shown");
let told = JSON.parse(shown().dataset.told);

// --- blanks ---------------------------------------------------------------------------------------

// Of a blank that nothing fills yet without its filter, "Somme" of "Somme|nombre".
const wordsOf = ({ attrs }) =>
  attrs.name?.split("|")[0] || given.names[attrs.expression || attrs.source] || attrs.expression || "…";
const openIn = /\[([^[\]\n]+)\]/; // a choice may hold one

function chip(node) {
  const { expression, name, source } = node.attrs;
  const dom = document.createElement("span");
  dom.className = expression || (source && !openIn.test(source)) ? "chip" : "chip open";
  if (source) dom.dataset.choice = source;
  dom.dataset.blank = source || expression;
  dom.dataset.name = name || "";
  dom.setAttribute("role", "button");
  dom.title = wordsOf(node);
  showValue(dom);
  return { dom };
}

function showValue(dom) {
  dom.textContent = valueOf(dom.dataset.blank, dom.title);
  dom.setAttribute("aria-label", nameOf(dom.dataset.blank, dom.title));
}

const valueOf = (expression, words) =>
  told.values[expression] || (told.values[expression] === "" && expression.startsWith("{%") ? given.sentences.nothing : `[${words}]`);

// What a blank is for whoever hears it: what it says here, and which one it is.
function nameOf(expression, words) {
  const { blank, open } = given.sentences;
  return `${valueOf(expression, words)}, ${expression ? blank : open} ${words}`;
}

const toBlank = (words) => ({
  expression: given.expressions[words] || "",
  name: given.expressions[words] ? "" : words,
});

// Words typed in brackets are a blank, one that nothing fills until somebody says what does.
const brackets = new InputRule(/\[([^[\]{}]{1,60})\]$/, (state, match, start, end) =>
  /^(sic|…|\.\.\.)$/.test(match[1])
    ? null
    : state.tr.replaceWith(start, end, nodes.blank.create(toBlank(match[1]))),
);
const braces = new InputRule(/\{\{\s*([^{}]+?)\s*\}\}$/, (state, match, start, end) =>
  state.tr.replaceWith(start, end, nodes.blank.create({ expression: match[1] })),
);

// Of words that are pasted, too: those in brackets would else be taken for the author's own.
function withBlanks(fragment) {
  const found = [];
  fragment.forEach((node) => {
    if (!node.isText) {
      if (node.type !== nodes.call || isThere(node.attrs.label)) found.push(node.copy(withBlanks(node.content)));
      return;
    }
    node.text.split(/\[([^[\]{}\n]{1,60})\]/).forEach((words, i) => {
      if (i % 2 && !/^(sic|…|\.\.\.)$/.test(words)) found.push(nodes.blank.create(toBlank(words), null, node.marks));
      else if (words) found.push(schema.text(i % 2 ? `[${words}]` : words, node.marks));
    });
  });
  return Fragment.fromArray(found);
}

// Whether the letter has this footnote: another's call comes without it.
function isThere(label) {
  let found = false;
  view.state.doc.forEach((node) => (found ||= node.type === nodes.note && node.attrs.label === label));
  return found;
}

// --- pictures and what stays closed ---------------------------------------------------------------

function picture(node) {
  const { src, alt, width } = node.attrs;
  const dom = document.createElement("img");
  Object.assign(dom, { src: `${given.pictures}?name=${encodeURIComponent(decodeURIComponent(src))}`, alt });
  Object.assign(dom.dataset, { picture: src, width });
  dom.style.width = width.replace(",", ".");
  return { dom };
}

function closed(node, _view, place) {
  const dom = document.createElement("div");
  dom.className = "closed";
  const words = document.createElement("div");
  words.dataset.closed = node.attrs.n;
  words.textContent = told.values[`#${node.attrs.n}`] || given.sentences.nothing;
  const hint = document.createElement("small");
  hint.textContent = `${given.sentences.closed} `;
  const bin = document.createElement("button");
  Object.assign(bin, { type: "button", className: "link", textContent: given.sentences.drop });
  bin.addEventListener("click", () => {
    view.dispatch(view.state.tr.delete(place(), place() + node.nodeSize));
    view.focus();
  });
  hint.append(bin);
  dom.append(words, hint);
  return { dom, stopEvent: (event) => bin.contains(event.target), ignoreMutation: () => true };
}

// --- the tools ------------------------------------------------------------------------------------

const tool = (name) => form.querySelector(`[data-tool="${name}"]`);
const bar = place.querySelector(".tools");
const choice = tool("choice");
const typed = tool("typed");
const address = tool("address");

const inList = (state) => {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth; depth--) {
    if ($from.node(depth).type === nodes.item) return $from.node(depth - 1).type;
  }
  return null;
};
const toList = (type) => (state, dispatch) =>
  inList(state) === type ? liftListItem(nodes.item)(state, dispatch) : wrapInList(type)(state, dispatch);
const inNote = ({ selection: { $from } }) => $from.parent.type === nodes.note;
const toHeading = (state, dispatch) =>
  inNote(state) ||
  setBlockType(nodes.paragraph)(state, dispatch) || setBlockType(nodes.heading, { level: 2 })(state, dispatch);
// The blocks of prose in the selection, those in an aligned one each by itself.
function chosenProse({ doc, selection: { from, to } }) {
  const found = [];
  doc.nodesBetween(from, to, (node, start) => {
    if (node.type === nodes.aligned) return true;
    if (node.type.isInGroup("prose")) found.push([start, start + node.nodeSize]);
    return false;
  });
  return found;
}
const rangeOf = (doc, [start, end], depth) => new NodeRange(doc.resolve(start), doc.resolve(end), depth);
const toAligned = (kind) => (state, dispatch) => {
  const { tr } = state;
  const wraps = !isOn(kind, state);
  for (const each of chosenProse(tr).reverse()) {
    const range = rangeOf(tr.doc, each, tr.doc.resolve(each[0]).depth);
    if (range.depth) tr.lift(range, 0);
  }
  const runs = [];
  for (const [start, end] of wraps ? chosenProse(tr) : []) {
    if (runs.at(-1)?.[1] === start) runs.at(-1)[1] = end;
    else runs.push([start, end]);
  }
  for (const each of runs.reverse()) tr.wrap(rangeOf(tr.doc, each, 0), [{ type: nodes.aligned, attrs: { kind } }]);
  dispatch(tr.scrollIntoView());
};
const newLine = (state, dispatch) => {
  if (tableAt(state)) return true;
  dispatch?.(state.tr.replaceSelectionWith(nodes.break.create()).scrollIntoView());
  return true;
};

// --- tables ---------------------------------------------------------------------------------------

// The table around the caret: where it begins, its rows as lists of cells, and the caret's cell.
function tableAt({ selection: { $from } }) {
  for (let depth = $from.depth - 2; depth > 0; depth--) {
    const table = $from.node(depth);
    if (table.type !== nodes.table) continue;
    const rows = table.content.content.map((row) => row.content.content);
    return { table, rows, start: $from.before(depth), row: $from.index(depth), column: $from.index(depth + 1) };
  }
  return null;
}

const emptyLike = (cell) => nodes.cell.create(cell.attrs);

// Put the rows in place of the table's, with the caret in this cell; or take the table out.
function putRows({ tr }, dispatch, { table, start }, rows, row, column) {
  const whole = rows[0]?.length ? table.copy(Fragment.from(rows.map((cells) => nodes.row.create(null, cells)))) : null;
  if (whole) tr.replaceWith(start, start + table.nodeSize, whole);
  else tr.delete(start, start + table.nodeSize);
  const cell = whole ? placeOfCell(whole, start, Math.min(row, rows.length - 1), Math.min(column, rows[0].length - 1)) : start;
  dispatch(tr.setSelection(Selection.near(tr.doc.resolve(Math.min(cell, tr.doc.content.size)))).scrollIntoView());
}

function placeOfCell(table, start, row, column) {
  let at = start + 2;
  for (let i = 0; i < row; i++) at += table.child(i).nodeSize;
  for (let i = 0; i < column; i++) at += table.child(row).child(i).nodeSize;
  return at + 1;
}

const changeTable = (change) => (state, dispatch) => {
  const at = tableAt(state);
  if (at) change(at, (rows, row, column) => putRows(state, dispatch, at, rows, row, column));
  return Boolean(at);
};
const addRow = changeTable(({ rows, row, column }, put) =>
  put(rows.toSpliced(row + 1, 0, rows[row].map(emptyLike)), row + 1, column),
);
const dropRow = changeTable(({ rows, row, column }, put) => put(rows.toSpliced(row, 1), row, column));
const addColumn = changeTable(({ rows, row, column }, put) => {
  if (rows[0].length >= 12) return; // merge/letters/markdown.py
  put(rows.map((cells) => cells.toSpliced(column + 1, 0, nodes.cell.create())), row, column + 1);
});
const dropColumn = changeTable(({ rows, row, column }, put) =>
  put(rows.map((cells) => cells.toSpliced(column, 1)), row, column),
);

function putTable(state, dispatch) {
  const row = () => nodes.row.create(null, [nodes.cell.create(), nodes.cell.create()]);
  const { $from } = state.selection;
  const behind = $from.depth ? $from.after(1) : $from.pos;
  const tr = state.tr.insert(behind, nodes.table.create(null, [row(), row()]));
  dispatch(tr.setSelection(Selection.near(tr.doc.resolve(behind + 3))).scrollIntoView());
  return true;
}

// To the next cell or the one before, from the last one into a new row.
const toCell = (step) => (state, dispatch) => {
  const at = tableAt(state);
  if (!at) return false;
  const wide = at.rows[0].length;
  const next = at.row * wide + at.column + step;
  if (next < 0) return false;
  if (next >= wide * at.rows.length) {
    return changeTable(({ rows, row }, put) => put([...rows, rows[row].map(emptyLike)], row + 1, 0))(state, dispatch);
  }
  const cell = placeOfCell(at.table, at.start, Math.floor(next / wide), next % wide);
  const content = state.doc.resolve(cell).parent.content.size;
  dispatch?.(state.tr.setSelection(TextSelection.create(state.doc, cell, cell + content)).scrollIntoView());
  return true;
};

// To the cell below; from the last row out of the table.
function below(state, dispatch) {
  const at = tableAt(state);
  if (!at) return false;
  const { tr } = state;
  const end = at.start + at.table.nodeSize;
  const isLast = at.row === at.rows.length - 1;
  if (isLast && end === tr.doc.content.size) tr.insert(end, nodes.paragraph.create());
  const to = isLast ? end : placeOfCell(at.table, at.start, at.row + 1, at.column);
  dispatch?.(tr.setSelection(Selection.near(tr.doc.resolve(to))).scrollIntoView());
  return true;
}

// --- notes and pages ------------------------------------------------------------------------------

function labels(doc, type) {
  const found = new Set();
  doc.descendants((node) => (node.type === type ? found.add(node.attrs.label) && false : true));
  return found;
}

// Call a new footnote here, and go on in it, below the last one.
function putNote(state, dispatch) {
  const { doc, tr } = state;
  if (inNote(state) || !state.selection.$from.parent.isTextblock) return;
  const used = new Set([...labels(doc, nodes.note), ...labels(doc, nodes.call)]);
  let n = used.size + 1;
  while (used.has(String(n))) n++;
  tr.replaceSelectionWith(nodes.call.create({ label: String(n) }));
  const end = tr.doc.content.size;
  tr.insert(end, nodes.note.create({ label: String(n) }));
  dispatch(tr.setSelection(TextSelection.create(tr.doc, end + 1)).scrollIntoView());
}

// An empty one is taken out from within.
function dropNote(state, dispatch) {
  const { $from } = state.selection;
  if (!inNote(state) || $from.parent.content.size) return false;
  dispatch?.(state.tr.delete($from.before(), $from.after()));
  return true;
}

// A footnote goes with its call, and the call with it.
function withoutHalves(tr, before) {
  const had = [labels(before, nodes.call), labels(before, nodes.note)];
  const has = [labels(tr.doc, nodes.call), labels(tr.doc, nodes.note)];
  const gone = [[], []];
  tr.doc.descendants((node, at) => {
    const i = [nodes.call, nodes.note].indexOf(node.type);
    const { label } = node.attrs;
    if (i >= 0 && had[0].has(label) && had[1].has(label) && !has[1 - i].has(label)) gone[i].push([at, at + node.nodeSize]);
  });
  for (const [from, to] of gone.flat().sort(([a], [b]) => b - a)) tr.delete(from, to);
}

// Footnotes have the numbers that they will have in the letter: as they are called.
function numbered(doc) {
  const order = [...labels(doc, nodes.call)];
  const found = [];
  doc.descendants((node, at) => {
    if (node.type !== nodes.call && node.type !== nodes.note) return;
    const number = String(order.indexOf(node.attrs.label) + 1 || "?");
    found.push(
      Decoration.node(at, at + node.nodeSize, { "data-number": number, "aria-label": `${given.sentences.note} ${number}` }),
    );
  });
  return found;
}

function putPage(state, dispatch) {
  const { $from } = state.selection;
  const behind = $from.depth ? $from.after(1) : $from.pos;
  const tr = state.tr.insert(behind, nodes.newpage.create());
  if (behind + 1 === tr.doc.content.size) tr.insert(behind + 1, nodes.paragraph.create());
  dispatch(tr.setSelection(Selection.near(tr.doc.resolve(behind + 1))).scrollIntoView());
}

const chosenPicture = ({ selection }) =>
  selection instanceof NodeSelection && selection.node.type === nodes.picture ? selection.node : null;
const toWidth = (width) => (state, dispatch) => {
  const { from } = state.selection;
  const tr = state.tr.setNodeAttribute(from, "width", width);
  dispatch(tr.setSelection(NodeSelection.create(tr.doc, from)));
};

// What was deleted or pasted over several cells leaves rows of one width.
function evened(tr) {
  tr.doc.descendants((table, start) => {
    if (table.type !== nodes.table) return table.type === nodes.aligned;
    const wide = Math.max(...table.content.content.map((row) => row.childCount));
    for (let i = table.childCount; i--; ) {
      const lacks = wide - table.child(i).childCount;
      const at = tr.mapping.map(placeOfCell(table, start, i, table.child(i).childCount) - 1);
      if (lacks) tr.insert(at, Array.from({ length: lacks }, () => nodes.cell.create()));
    }
    return false;
  });
}

const aligns = ["center", "right", "indent"];
const commands = {
  strong: toggleMark(marks.strong),
  em: toggleMark(marks.em),
  bullets: toList(nodes.bullets),
  numbers: toList(nodes.numbers),
  heading: toHeading,
  center: toAligned("center"),
  right: toAligned("right"),
  indent: toAligned("indent"),
  table: putTable,
  addRow,
  dropRow,
  addColumn,
  dropColumn,
  note: putNote,
  newpage: putPage,
  small: toWidth("30%"),
  middle: toWidth("60%"),
  full: toWidth("100%"),
  undo,
  redo,
};

function isOn(name, state) {
  if (marks[name]) {
    const { from, $from, to, empty } = state.selection;
    return empty
      ? Boolean(marks[name].isInSet(state.storedMarks || $from.marks()))
      : state.doc.rangeHasMark(from, to, marks[name]);
  }
  if (name === "heading") return state.selection.$from.parent.type === nodes.heading;
  if (aligns.includes(name)) return state.selection.$from.node(1)?.attrs.kind === name;
  return Boolean(nodes[name]) && inList(state) === nodes[name];
}

const chosenBlank = (state) =>
  state.selection instanceof NodeSelection && [nodes.blank, nodes.choice].includes(state.selection.node.type)
    ? state.selection.node
    : null;

// One stop of the Tab key for all buttons of the toolbar; the arrows lead from one to the next.
const buttons = [...bar.querySelectorAll("[role=toolbar] button")];
const stopAt = (stop) => buttons.forEach((button) => (button.tabIndex = button === stop ? 0 : -1));
stopAt(buttons[0]);
bar.addEventListener("focusin", ({ target }) => buttons.includes(target) && stopAt(target));
bar.addEventListener("keydown", (event) => {
  if (event.key === "Escape") current.focus();
  const seen = buttons.filter((button) => button.offsetParent);
  const at = seen.indexOf(event.target);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const last = seen.length - 1;
  const next = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  seen[next].focus();
});

// A blank that the caret reaches is said, with the key that changes it.
function sayBlank(state, before) {
  const blank = chosenBlank(state);
  if (!blank || blank === chosenBlank(before) || !current.hasFocus()) return;
  say(`${nameOf(blank.attrs.expression || blank.attrs.source, wordsOf(blank))}. ${given.sentences.key}`);
}

function showTools(state) {
  for (const button of bar.querySelectorAll("button[aria-pressed]")) {
    button.setAttribute("aria-pressed", String(isOn(button.dataset.tool, state)));
  }
  const blank = chosenBlank(state);
  tool("put").textContent = blank ? given.sentences.change : given.sentences.put;
  if (blank && document.activeElement !== choice) choice.value = blank.attrs.expression ?? "";
  if (choice.selectedIndex < 0) choice.selectedIndex = 0;
  tool("ofTable").hidden = !tableAt(state);
  tool("ofPicture").hidden = !chosenPicture(state);
  tool("own").hidden = blank?.attrs.expression !== "";
  showTyped();
}

// Fixed words, and the name of a column to come, are typed.
function showTyped() {
  const isTyped = choice.value === "=text" || choice.value === "=column";
  typed.closest("label").hidden = !isTyped;
}

function say(words) {
  document.getElementById("live").textContent = words;
}

function putBlank() {
  const { state } = current;
  let node;
  if (choice.value === "=text" || choice.value === "=column") {
    const words = typed.value.trim();
    if (!words) return typed.focus();
    node =
      choice.value === "=text"
        ? schema.text(words)
        : nodes.blank.create({ expression: columnName(words) || "colonne" });
    typed.value = "";
  } else {
    node = nodes.blank.create({ expression: choice.value });
  }
  const chosen = state.selection.node?.attrs ?? {};
  const [, name] = (chosen.source || `[${chosen.name}]`).match(openIn) || [];
  const filter = name?.includes("|") ? name.slice(name.indexOf("|")) : "";
  if (!node.isText && filter) node = nodes.blank.create({ expression: node.attrs.expression + filter });
  if (chosen.source && name) {
    const fills = node.isText ? node.text : `{{ ${node.attrs.expression} }}`;
    node = nodes.choice.create({ source: chosen.source.replace(`[${name}]`, fills) });
  }
  current.dispatch(state.tr.replaceSelectionWith(node, node.isText).scrollIntoView());
  current.focus();
  const put = node.attrs.expression || node.attrs.source;
  say(`${given.sentences.done} ${node.isText ? node.text : nameOf(put, wordsOf(node))}`);
}

// As merge/letters/values.py calls a column in a letter.
const columnName = (header) =>
  header
    .toLowerCase()
    .replaceAll("œ", "oe")
    .replaceAll("æ", "ae")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");

function keepOwnWords() {
  const blank = chosenBlank(current.state);
  if (!blank?.attrs.name) return;
  current.dispatch(current.state.tr.replaceSelectionWith(schema.text(`[${blank.attrs.name}]`), true));
  current.focus();
}

function putLink() {
  const href = address.value.trim();
  const { from, to, empty } = view.state.selection;
  if (!href) {
    view.dispatch(view.state.tr.removeMark(from, to, marks.link));
  } else if (/^(https?:\/\/|mailto:)\S+$/i.test(href)) {
    const mark = marks.link.create({ href });
    view.dispatch(
      empty
        ? view.state.tr.replaceSelectionWith(schema.text(href, [mark]), false)
        : view.state.tr.addMark(from, to, mark),
    );
  } else {
    say(given.sentences.address);
    return address.focus();
  }
  address.value = "";
  view.focus();
}

bar.addEventListener("click", (event) => {
  const name = event.target.closest("button")?.dataset.tool;
  if (commands[name]) {
    commands[name](view.state, view.dispatch, view);
    view.focus();
  } else if (name === "put") putBlank();
  else if (name === "own") keepOwnWords();
  else if (name === "link") putLink();
});
choice.addEventListener("change", showTyped);
for (const [field, act] of [[typed, putBlank], [address, putLink]]) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // it would send the whole form
    act();
  });
}

// --- what to look at ------------------------------------------------------------------------------

// Where the words of a note stand in the document; null where they are no longer there.
function placeOf(doc, note) {
  let found = null;
  doc.forEach((node, offset) => {
    if (found || node.attrs.n !== note.block) return;
    node.descendants((inner, position) => {
      if (found || !inner.isTextblock) return !found;
      const text = inner.textBetween(0, inner.content.size, undefined, "\ufffc");
      const at = text.indexOf(note.words);
      // Inside of the block, and of the paragraph in it.
      if (at >= 0) found = [offset + position + 2 + at, offset + position + 2 + at + note.words.length];
      return false;
    });
    if (!found && node.isTextblock) {
      const at = node.textBetween(0, node.content.size, undefined, "\ufffc").indexOf(note.words);
      if (at >= 0) found = [offset + 1 + at, offset + 1 + at + note.words.length];
    }
  });
  return found;
}

const marked = (state) =>
  DecorationSet.create(
    state.doc,
    told.notes.flatMap((note) => {
      const place = placeOf(state.doc, note);
      return place ? [Decoration.inline(...place, { class: "remark", title: note.why })] : [];
    }),
  );

function goTo(position) {
  view.focus();
  const { state } = view;
  const selection = Array.isArray(position)
    ? TextSelection.create(state.doc, ...position)
    : Selection.near(state.doc.resolve(position));
  view.dispatch(state.tr.setSelection(selection).scrollIntoView());
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-note]");
  const note = link && told.notes.filter((each) => each.words)[countBefore(link)];
  const place = note && placeOf(view.state.doc, note);
  if (!place) return;
  event.preventDefault();
  goTo(place);
});
const countBefore = (link) => [...shown().querySelectorAll("[data-note]")].indexOf(link);

// --- the view -------------------------------------------------------------------------------------

const openMenu = (state) => {
  if (!chosenBlank(state)) return false;
  choice.focus();
  return true;
};

// What both editors do alike: that of the text and that of the subject.
const ofBoth = () => ({
  transformPasted: (slice) => new Slice(withBlanks(slice.content), slice.openStart, slice.openEnd),
  handleClickOn(_view, _position, node) {
    if (node.type !== nodes.blank && node.type !== nodes.choice) return false;
    setTimeout(() => choice.focus());
    return false;
  },
  handleDOMEvents: {
    focus(focused) {
      current = focused;
      showTools(current.state);
    },
  },
  dispatchTransaction(transaction) {
    this.updateState(this.state.apply(transaction));
    if (transaction.docChanged) changed();
  },
});
const saying = new Plugin({
  view: () => ({
    update: (changed, before) => {
      if (changed !== current) return;
      showTools(changed.state);
      sayBlank(changed.state, before);
    },
  }),
});
const undoing = { "Mod-z": undo, "Mod-y": redo, "Shift-Mod-z": redo };

let current; // the editor that the tools are for
const view = new EditorView(tool("text"), {
  state: EditorState.create({
    doc: begun(),
    plugins: [
      inputRules({ rules: [brackets, braces] }),
      keymap({
        "Mod-b": commands.strong,
        "Mod-i": commands.em,
        ...undoing,
        "Shift-Enter": newLine,
        Backspace: chainCommands(undoInputRule, dropNote), // the brackets were meant
        Tab: toCell(1),
        "Shift-Tab": toCell(-1),
        Enter: chainCommands(openMenu, below, (state, dispatch) => inNote(state) && newLine(state, dispatch), splitListItem(nodes.item)),
      }),
      keymap(baseKeymap),
      history(),
      new Plugin({
        props: { decorations: (state) => marked(state).add(state.doc, numbered(state.doc)) },
        appendTransaction: (_all, before, { doc, tr }) => {
          if (doc.eq(before.doc)) return null;
          evened(tr);
          withoutHalves(tr, before.doc);
          return tr.docChanged ? tr : null;
        },
      }),
      saying,
    ],
  }),
  attributes: {
    role: "textbox",
    "aria-multiline": "true",
    "aria-label": given.sentences.text,
    "aria-describedby": "editor-hint",
    class: "letter-text",
  },
  nodeViews: { blank: chip, choice: chip, picture, closed },
  ...ofBoth(),
});
current = view;

// The subject, a line of words and blanks, in place of its field.
const field = form.elements.subject;
const firstSubject = schema.nodeFromJSON({ type: "line", content: [{ type: "subject", content: given.subject }] });
let subject = null;

function editSubject() {
  const label = field.labels[0];
  const wrong = field.ariaInvalid ? { "aria-invalid": "true", "aria-describedby": "subject-reason" } : {};
  const line = document.createElement("div");
  line.className = "line";
  field.after(line);
  subject = new EditorView(line, {
    state: EditorState.create({
      doc: firstSubject,
      plugins: [
        inputRules({ rules: [brackets, braces] }),
        keymap({
          ...undoing,
          Backspace: undoInputRule,
          Enter: (state) => openMenu(state) || (view.focus(), true),
        }),
        keymap(baseKeymap),
        history(),
        saying,
      ],
    }),
    attributes: { role: "textbox", "aria-label": label.textContent, lang: field.lang, id: field.id, ...wrong },
    nodeViews: { blank: chip, choice: chip },
    ...ofBoth(),
  });
  label.removeAttribute("for");
  field.removeAttribute("id");
  field.type = "hidden";
}

// As the file has it.
const sourceOf = (node) =>
  node.text ?? node.attrs.source ?? (node.attrs.expression ? `{{ ${node.attrs.expression} }}` : `[${node.attrs.name}]`);

// --- the form -------------------------------------------------------------------------------------

let isSaved = true;
let waits = 0;

// What is as it was is named, and not told again.
function written() {
  const kept = new Set();
  return view.state.doc.content.content.map((node) => {
    const number = node.attrs.n;
    const isHere = number !== null && !kept.has(number);
    if (isHere) kept.add(number);
    if (isHere && byNumber.get(number)?.eq(node)) return { keep: number };
    const told = node.toJSON();
    return { ...told, attrs: { ...told.attrs, n: isHere ? number : null } };
  });
}

function changed() {
  isSaved = false;
  form.dispatchEvent(new Event("input"));
}

const fill = () => {
  form.elements.document.value = JSON.stringify(written());
  if (!subject || (subject.state.doc.eq(firstSubject) && !given.typed)) return;
  field.name = "subject-source";
  field.value = subject.state.doc.firstChild.content.content.map(sourceOf).join("");
};

// The letter beside it follows, once nobody has typed for a moment: one question at a time.
let isAsking = false;
let asksAgain = false;
let isBehind = false; // the letter beside it: the text is another one since

async function follow() {
  if (isAsking) {
    asksAgain = true;
    return;
  }
  isAsking = true;
  const onlyValues = !isBehind;
  isBehind = false;
  const number = document.getElementById("preview")?.dataset.number ?? "";
  form.elements.number.value = number;
  fill();
  const asked = new FormData(form);
  asked.set("once", shown().dataset.once);
  const expressions = new Set(Object.keys(given.names));
  for (const { state } of [view, subject].filter(Boolean)) {
    state.doc.descendants(({ attrs }) => {
      const said = attrs.expression || attrs.source;
      if (said) expressions.add(said);
    });
  }
  asked.set("expressions", [...expressions].join("\n"));
  try {
    const answer = await fetch(shown().dataset.draft, { method: "POST", body: new URLSearchParams(asked) });
    if (answer.ok) take(await answer.text(), onlyValues);
  } catch {
    // The server has gone; the form says so when it is sent.
  }
  isAsking = false;
  if (asksAgain) {
    asksAgain = false;
    follow();
  }
}

function take(html, onlyValues) {
  const came = document.createElement("template");
  came.innerHTML = html;
  const fresh = came.content.getElementById("shown");
  told = JSON.parse(fresh.dataset.told);
  // Another letter may be on its way to where this one would be put: the text follows behind it.
  const isComing = Boolean(shown().querySelector(":is(form, a).htmx-request"));
  if (onlyValues || isComing) {
    isBehind ||= !onlyValues;
    Object.assign(shown().dataset, fresh.dataset);
  } else {
    const focused = shown().contains(document.activeElement) && document.activeElement.id;
    const search = document.getElementById("preview-find")?.value;
    if (search) fresh.querySelector("#preview-find")?.setAttribute("value", search);
    for (const part of came.content.querySelectorAll("#shown, #views, #window")) {
      document.getElementById(part.id)?.replaceWith(part);
      htmx.process(part);
    }
    if (focused) document.getElementById(focused)?.focus();
  }
  form.querySelectorAll("[data-blank]").forEach(showValue);
  for (const each of view.dom.querySelectorAll("[data-closed]")) {
    each.textContent = told.values[`#${each.dataset.closed}`] || given.sentences.nothing;
  }
  view.updateState(view.state);
}

form.addEventListener("input", () => {
  isSaved = false;
  isBehind = true;
  clearTimeout(waits);
  waits = setTimeout(follow, 100);
});
// Somebody else was chosen beside it: the blanks show what they say to them.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "preview" || event.target.id === "preview") follow();
});
form.addEventListener("submit", () => {
  fill();
  isSaved = true;
});
addEventListener("beforeunload", (event) => {
  if (!isSaved) event.preventDefault();
});

// Whoever has begun to type into the plain fields before this was there goes on in them.
const plain = document.getElementById("plain");
const hasBegun = [...plain.querySelectorAll("textarea")].some((each) => each.value !== each.defaultValue);
place.hidden = tool("text").hidden = hasBegun;
plain.hidden = plain.disabled = !hasBegun;
form.elements.document.disabled = hasBegun;
if (!hasBegun && field.value === field.defaultValue) editSubject();
showTools(view.state);
if (place.dataset.at) {
  view.state.doc.forEach((node, offset) => {
    if (node.attrs.n === Number(place.dataset.at)) goTo(offset + 1);
  });
}
