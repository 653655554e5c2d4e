// A comfort when files are handed up: what is too much is said before it travels, and how far it is.
"use strict";

function watchUpload(form) {
  const box = form.querySelector("[data-progress]");
  const bar = box.querySelector("progress"), state = box.querySelector("[data-state]");
  const buttons = () => form.querySelectorAll("button");
  const say = (text, done) => { box.hidden = false; state.textContent = text; bar.value = done; };

  function chosen() {
    return [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
  }

  function tooMuch(files) {
    const size = files.reduce((sum, file) => sum + file.size, 0) / 1048576;
    if (!files.length) return "请先选择文件。";
    if (files.length > Number(form.dataset.many)) return `一次最多${form.dataset.many}个文件，现在选了${files.length}个，请分几次上传。`;
    if (size > Number(form.dataset.most)) return `一次最多${form.dataset.most}MB，现在共${size.toFixed(1)}MB，请分几次上传。`;
    return "";
  }

  function show(page) {
    // What was not taken is told in the page that came back: its main part takes this one's place.
    const main = new DOMParser().parseFromString(page, "text/html").querySelector("main");
    if (!main) { say("没有上传成功，请刷新页面后再试。", 0); return; }
    document.querySelector("main").replaceWith(main);
    for (const one of main.querySelectorAll("form[data-upload]")) watchUpload(one);
    main.focus();
    scrollTo(0, 0);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = tooMuch(chosen());
    if (wrong) { say(wrong, 0); setTimeout(() => { for (const b of buttons()) b.disabled = false; }, 50); return; }
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (now) => {
      const share = now.lengthComputable ? Math.floor((now.loaded / now.total) * 100) : 0;
      say(share < 100 ? `正在上传，已完成${share}%` : "已传到，正在检查文件……", share);
    });
    request.addEventListener("load", () => {
      if (request.status < 400) location.assign(request.responseURL);
      else show(request.responseText);
    });
    request.addEventListener("error", () => {
      say("网络中断，没有上传成功。文件还选着，联网后请再按一次“上传”。", 0);
      for (const b of buttons()) b.disabled = false;
    });
    request.open("POST", form.action);
    say("正在上传……", 0);
    request.send(new FormData(form));
  });
}

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form[data-upload]")) watchUpload(form);
});
