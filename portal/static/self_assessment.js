// Comforts of the self-assessment: what has changed is saved by itself, sums follow, and words that
// could not be sent wait in the browser. The page works without this.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const key = "self-assessment:" + location.pathname;
  const version = form.elements.version;
  const changed = new Set();
  let waiting = null, busy = false, stopped = false;

  const find = (name) => [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  const show = (selector, text) => {
    for (const place of document.querySelectorAll(selector)) place.textContent = text;
  };
  const say = (text) => show("[data-state]", text);

  function given(name) {
    const found = find(name)
      .filter((field) => (field.type !== "checkbox" && field.type !== "radio") || field.checked)
      .map((field) => field.value);
    return found.length ? found : [""];
  }

  function remember() {
    const fields = Object.fromEntries([...changed].map((name) => [name, given(name)]));
    try {
      if (changed.size) localStorage.setItem(key, JSON.stringify({ version: version.value, fields }));
      else localStorage.removeItem(key);
    } catch { /* full, or forbidden */ }
  }

  function fill(name, values) {
    for (const field of find(name)) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else field.value = values[0];
    }
    changed.add(name);
  }

  function note(text, ...buttons) {
    const place = document.createElement("div");
    place.className = "said";
    place.setAttribute("role", "status");
    place.append(text, " ", ...buttons.map(([title, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = title;
      button.addEventListener("click", () => { place.remove(); act(); });
      return button;
    }));
    form.before(place);
  }

  function restore() {
    const before = JSON.parse(localStorage.getItem(key) || "null");
    if (!before) return;
    const count = Object.keys(before.fields).length;
    const again = () => {
      for (const [name, values] of Object.entries(before.fields)) fill(name, values);
      save();
    };
    if (before.version === version.value) {
      again();
      note(`已恢复上次没有保存的${count}处填写。`);
    } else {
      note(`这台设备上还有没保存的${count}处填写，其间草稿已经改动过。`,
        ["恢复这些填写", again], ["不要了", () => localStorage.removeItem(key)]);
    }
  }

  function told(answer) {
    version.value = answer.version;
    show("[data-total]", answer.total);
    show("[data-grade]", answer.grade || "填完后给出");
    show("[data-left]", answer.left ? `还差${answer.left}项` : "已填完");
    for (const [area, [answered, points]] of Object.entries(answer.areas)) {
      const cell = document.querySelector(`[data-answered="${CSS.escape(area)}"]`);
      cell.textContent = `${answered}/${cell.textContent.split("/")[1]}`;
      show(`[data-points="${CSS.escape(area)}"]`, points);
    }
    for (const place of form.querySelectorAll("[data-wrong]")) {
      place.textContent = answer.wrong[place.dataset.wrong] || "";
      place.hidden = !place.textContent;
    }
  }

  async function save() {
    if (busy || stopped || !changed.size) return;
    busy = true;
    const sent = [...changed], body = new URLSearchParams();
    body.set("seal", form.elements.seal.value);
    body.set("version", version.value);
    for (const name of sent) for (const value of given(name)) body.append(name, value);
    changed.clear();
    say("正在保存……");
    try {
      const response = await fetch(form.dataset.autosave, { method: "POST", body });
      const type = response.headers.get("content-type") || "";
      const answer = type.includes("json") ? await response.json() : { said: "登录已过期，请刷新页面；填写的内容保存在本机。" };
      if (response.ok && answer.version) told(answer);
      else for (const name of sent) changed.add(name);
      if (response.status === 409 || !answer.version && response.status !== 422) stopped = true;
      say(answer.said);
    } catch {
      for (const name of sent) changed.add(name);
      say("网络不通，填写的内容保存在本机，稍后自动重试。");
      waiting = setTimeout(save, 15000);
    }
    busy = false;
    remember();
    if (changed.size && !stopped) { clearTimeout(waiting); waiting = setTimeout(save, 3000); }
  }

  form.addEventListener("input", (event) => {
    if (!event.target.name) return;
    changed.add(event.target.name);
    remember();
    clearTimeout(waiting);
    waiting = setTimeout(save, 1200);
  });
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || navigator.onLine === false) return;
    stopped = true;
    clearTimeout(waiting);
    sessionStorage.setItem("sent", key); // forgotten when an answer shows that it has arrived
  });
  window.addEventListener("online", save);
  window.addEventListener("hashchange", unfold);

  function unfold() {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const area = place?.closest("details");
    if (area && !area.open) { area.open = true; place.scrollIntoView(); }
  }

  if (sessionStorage.getItem("sent") === key && document.querySelector(".said, [role=alert]")) {
    localStorage.removeItem(key);
    sessionStorage.removeItem("sent");
  }
  restore();
  unfold();
});
