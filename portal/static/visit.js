// A comfort of a visit's page: a counter says how many problems are noted.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-save]");
  if (!form) return;
  const legend = form.querySelector("fieldset[data-rows=findings] > legend");
  const title = legend?.textContent || "";
  const count = () => {
    const noted = [...form.querySelectorAll("[data-rows=findings] textarea")].filter((one) => one.value.trim());
    if (legend) legend.textContent = noted.length ? `${title}（${noted.length}）` : title;
  };
  form.addEventListener("input", count);
  count();
});
