// Comforts only: every page works without this. A button is pressed once, weighty ones ask first,
// what is typed is kept in the browser until it has arrived, and long forms save themselves.
"use strict";

const PERSON = document.body.dataset.person || "", DAY = 86400000;
const kept = (form) => ["draft", PERSON, location.pathname, form.getAttribute("action") || ""].join("|");
const many = (field) => field.type === "checkbox" || field.type === "radio";
const ours = (name) => name && !["seal", "once", "version"].includes(name);

function values(form) {
  const found = {};
  for (const field of form.elements) if (ours(field.name) && many(field)) found[field.name] = [];
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && ours(name)) (found[name] ||= []).push(value);
  }
  return found;
}

function fill(form, found) {
  addRows(form, found);
  for (const field of form.elements) {
    const given = ours(field.name) && found[field.name];
    // What the page had shown when this was typed goes along: the server tells what changed since.
    if (!given || field.type === "file" || (field.type === "hidden" && !field.name.startsWith("was."))) continue;
    if (many(field)) field.checked = given.includes(field.value);
    else field.value = given[0] ?? "";
  }
}

function note(form, text, ...buttons) {
  const place = document.createElement("p");
  place.className = "hint kept";
  place.setAttribute("role", "status");
  place.append(text, ...buttons.map(([title, act]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    button.addEventListener("click", () => { place.remove(); act(); });
    return button;
  }));
  form.prepend(place);
}

function store(key, form) {
  const entry = { at: Date.now(), version: form.elements.version?.value || "", found: values(form) };
  try { localStorage.setItem(key, JSON.stringify(entry)); } catch { /* full, or forbidden */ }
}

function keep(form) {
  // A lost connection loses no typed word: it waits here until a page says it has arrived.
  const key = kept(form), before = JSON.parse(localStorage.getItem(key) || "null");
  const again = () => { fill(form, before.found); form.dispatchEvent(new Event("input")); };
  if (before?.found && form.dataset.fresh !== "no") {
    if (before.version === (form.elements.version?.value || "")) {
      again();
      note(form, "已恢复上次没有提交的内容。");
    } else {
      note(form, "这台设备上还有没提交的内容，其间已有别的改动。", ["恢复这些内容", again],
        ["不要了", () => localStorage.removeItem(key)]);
    }
  }
  form.addEventListener("input", () => store(key, form));
}

function forgetWhatArrived() {
  // A form was sent, and the page that follows says that it was taken: then it need not wait here.
  const sent = sessionStorage.getItem("sent");
  if (sent && document.querySelector(".said, [data-arrived]")) localStorage.removeItem(sent);
  sessionStorage.removeItem("sent");
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith("draft"))) {
    const at = JSON.parse(localStorage.getItem(key) || "{}").at || 0;
    if (at < Date.now() - 60 * DAY) localStorage.removeItem(key);
  }
}

function saveByItself(form) {
  // data-save: the address that takes the draft. Answers {said, version, fields, texts}.
  const state = form.querySelector("[data-state]"), key = kept(form);
  const say = (text) => { if (state) state.textContent = text; };
  let waiting = null, busy = false, typed = 0;
  async function save() {
    clearTimeout(waiting);
    waiting = null;
    if (busy) return;
    busy = true;
    const upTo = typed;
    say("正在保存……");
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: new FormData(form) });
      if (!(answer.headers.get("content-type") || "").includes("json")) {
        say("登录已过期。内容存在本机，重新登录后打开本页会自动恢复。");
        return;
      }
      const told = await answer.json();
      show(form, told);
      say(told.said);
      if (answer.ok && upTo === typed) localStorage.removeItem(key);
      else if (typed > upTo) later(1200);
    } catch {
      say("网络不通，内容存在本机，联网后自动保存。");
      later(15000);
    } finally { busy = false; }
  }
  const later = (time) => { clearTimeout(waiting); waiting = setTimeout(save, time); };
  form.addEventListener("input", () => { typed += 1; later(1200); });
  form.addEventListener("submit", () => clearTimeout(waiting));
  window.addEventListener("online", () => { if (localStorage.getItem(key)) save(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && waiting) save(); });
}

function show(form, told) {
  if (told.version && form.elements.version) form.elements.version.value = told.version;
  for (const [name, value] of Object.entries(told.fields || {})) {
    if (form.elements[name]) form.elements[name].value = value;
  }
  for (const place of form.querySelectorAll("[data-text]")) {
    const text = told.texts?.[place.dataset.text];
    if (text === undefined) continue;
    place.textContent = text;
    place.hidden = !text;
  }
}

function addRow(block) {
  const rows = block.querySelectorAll("[data-row]"), last = rows[rows.length - 1];
  const copy = last.cloneNode(true), next = Number(last.dataset.row) + 1;
  copy.dataset.row = next;
  for (const wrong of copy.querySelectorAll(".mistake")) wrong.remove();
  for (const number of copy.querySelectorAll("[data-number]")) number.textContent = next + 1;
  for (const field of copy.querySelectorAll("[name]")) {
    field.name = field.name.replace(/\.\d+\./, "." + next + ".");
    if (many(field)) field.checked = false;
    else if (field.tagName !== "SELECT") field.value = "";
  }
  last.after(copy);
  return copy;
}

function addRows(form, found) {
  for (const block of form.querySelectorAll("[data-rows]")) {
    if (!block.querySelector("[data-row]")) continue;
    const wanted = Object.keys(found).filter((name) => name.startsWith(block.dataset.rows + ".") && found[name].some(Boolean))
      .map((name) => Number(name.split(".")[1])).filter((n) => n < 60);
    const rows = () => [...block.querySelectorAll("[data-row]")].map((row) => Number(row.dataset.row));
    while (Math.max(-1, ...wanted) > Math.max(...rows())) addRow(block);
  }
}

function moreRows(block) {
  const rows = [...block.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  // The empty rows are for whoever has no button to add one.
  const blank = (row) => ![...row.querySelectorAll("input, textarea")].some((field) => field.value);
  for (const row of rows.slice(1).reverse()) {
    if (!blank(row)) break;
    row.remove();
  }
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "再加一条";
  button.addEventListener("click", () => addRow(block).querySelector("textarea, input").focus());
  block.append(button);
}

function submitting(form, event) {
  const asks = event.submitter?.dataset.ask || form.dataset.ask;
  if (asks && !confirm(asks)) { event.preventDefault(); return; }
  if (navigator.onLine === false && (form.dataset.keep !== undefined || form.dataset.autosave)) {
    event.preventDefault();
    if (form.dataset.keep !== undefined) store(kept(form), form);
    note(form, "现在没有网络，还没有提交。内容已存在本机，联网后再按一次。");
    form.scrollIntoView();
    return;
  }
  if (form.dataset.keep !== undefined) sessionStorage.setItem("sent", kept(form));
  setTimeout(() => { for (const b of form.querySelectorAll("button")) b.disabled = true; });
}

document.addEventListener("DOMContentLoaded", () => {
  forgetWhatArrived();
  for (const block of document.querySelectorAll("[data-rows]")) moreRows(block);
  for (const form of document.querySelectorAll("form[method=post]")) {
    if (form.dataset.save) saveByItself(form);
    if (form.dataset.keep !== undefined) keep(form);
    form.addEventListener("submit", (event) => submitting(form, event));
  }
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const b of document.querySelectorAll("button[disabled]")) b.disabled = false;
});
