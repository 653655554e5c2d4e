// Comforts only: every page works without this. A button is pressed once, weighty ones ask first,
// what is typed is kept in the browser until it has arrived, and long forms save themselves.
"use strict";

const kept = (form) => "draft:" + location.pathname + ":" + (form.getAttribute("action") || "");

function values(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !["seal", "once", "version"].includes(name)) {
      (found[name] ||= []).push(value);
    }
  }
  return found;
}

function fill(form, found) {
  for (const field of form.elements) {
    const given = found[field.name];
    if (!field.name || !given || field.type === "hidden" || field.type === "file") continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = given.includes(field.value);
    else field.value = given[0];
  }
}

function keep(form) {
  // A lost connection loses no typed word: it waits here until a page says it has arrived.
  const key = kept(form);
  const before = localStorage.getItem(key);
  if (before && form.dataset.fresh !== "no") {
    fill(form, JSON.parse(before));
    const note = document.createElement("p");
    note.className = "hint";
    note.textContent = "已恢复上次没有提交的内容。";
    form.prepend(note);
  }
  form.addEventListener("input", () => {
    try { localStorage.setItem(key, JSON.stringify(values(form))); } catch { /* full, or forbidden */ }
  });
}

function saveByItself(form) {
  // data-save: the address that takes the draft. Answers {version} or {said}.
  const state = form.querySelector("[data-state]");
  const say = (text) => { if (state) state.textContent = text; };
  let waiting = null, busy = false, again = false;
  async function save() {
    if (busy) { again = true; return; }
    busy = true;
    say("正在保存……");
    try {
      const answer = await fetch(form.dataset.save, { method: "POST", body: new FormData(form) });
      const told = await answer.json();
      if (told.version) form.elements.version.value = told.version;
      if (told.total !== undefined) {
        const total = form.querySelector("[data-total]");
        if (total) total.textContent = told.total;
      }
      say(told.said);
      if (answer.ok) localStorage.removeItem(kept(form));
    } catch { say("网络不通，内容已保存在本机，联网后自动重试。"); waiting = setTimeout(save, 15000); }
    busy = false;
    if (again) { again = false; save(); }
  }
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(save, 1200); });
  window.addEventListener("online", save);
}

function moreRows(block) {
  const rows = () => block.querySelectorAll("[data-row]");
  if (!rows().length) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "再加一条";
  button.addEventListener("click", () => {
    const last = rows()[rows().length - 1], copy = last.cloneNode(true), next = Number(last.dataset.row) + 1;
    copy.dataset.row = next;
    for (const field of copy.querySelectorAll("[name]")) {
      field.name = field.name.replace(/\.\d+\./, "." + next + ".");
      if (field.tagName !== "SELECT") field.value = "";
    }
    last.after(copy);
    copy.querySelector("textarea, input").focus();
  });
  block.append(button);
}

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[method=post]")) {
    if (form.dataset.keep !== undefined) keep(form);
    if (form.dataset.save) saveByItself(form);
    form.addEventListener("submit", (event) => {
      const asks = event.submitter?.dataset.ask || form.dataset.ask;
      if (asks && !confirm(asks)) { event.preventDefault(); return; }
      setTimeout(() => { for (const b of form.querySelectorAll("button")) b.disabled = true; });
    });
  }
  for (const block of document.querySelectorAll("[data-rows]")) moreRows(block);
  const arrived = document.querySelector("[data-arrived]");
  if (arrived) localStorage.removeItem(arrived.dataset.arrived);
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const b of document.querySelectorAll("button[disabled]")) b.disabled = false;
});
