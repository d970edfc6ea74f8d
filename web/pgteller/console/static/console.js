// What pages do beyond reading: times and money as whoever looks writes them, charts, dialogs.
"use strict";

(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const exact = new Intl.DateTimeFormat(undefined, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit",
    second: "2-digit", fractionalSecondDigits: 3, timeZoneName: "short",
  });
  const relative = new Intl.RelativeTimeFormat(undefined, { style: "short", numeric: "always" });
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const dialog = document.getElementById("dialog");
  const dialogContent = document.getElementById("dialog-content");

  // An amount is a text of digits, which is formatted as it is and never becomes a floating number.
  function written(text, decimals) {
    const places = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(undefined, places).format(text).replace("-", "\u2212");
  }

  function major(minor, decimals) {
    const negative = minor < 0;
    const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
    const split = digits.length - decimals;
    return (negative ? "-" : "") + digits.slice(0, split) + (decimals ? "." + digits.slice(split) : "");
  }

  function distance(then) {
    const seconds = Math.round((then - Date.now()) / 1000);
    const [unit, length] = units.find(([, one]) => Math.abs(seconds) >= one) || units[3];
    return relative.format(Math.trunc(seconds / length), unit);
  }

  function tell(element) {
    const then = new Date(element.dateTime);
    if (Number.isNaN(then.getTime())) return;
    const kind = element.dataset.kind;
    element.title = exact.format(then);
    if (kind === "date") element.textContent = day.format(then);
    else if (kind) element.textContent = distance(then.getTime());
    else element.textContent = full.format(then);
  }

  function localize(root) {
    root.querySelectorAll("time[datetime]").forEach(tell);
    root.querySelectorAll("data.money").forEach((element) => {
      const sign = element.textContent.startsWith("+") ? "+" : "";
      element.textContent = sign + written(element.value, Number(element.dataset.decimals));
    });
    root.querySelectorAll("input[data-zone]").forEach((element) => { element.value = zone; });
    root.querySelectorAll("input[data-own-zone]").forEach((element) => {
      if (element.value === "UTC") element.value = zone;
      delete element.dataset.ownZone;
    });
  }

  setInterval(() => {
    if (!document.hidden) document.querySelectorAll("time[data-kind=since], time[data-kind=until]").forEach(tell);
  }, 1000);

  // Charts -------------------------------------------------------------------------------------

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function options(element, given, series, tip) {
    const line = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: colour("--muted"), grid: line, ticks: { ...line, size: 4 }, font: "11px system-ui" };
    const scale = (value) => value / 10 ** given.decimals;
    const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 2 });
    return {
      width: element.clientWidth,
      height: element.clientHeight,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: true, y: false } },
      scales: { x: { time: true } },
      axes: [{ ...axis, space: 80, size: 30, values: (_, ticks, __, ___, step) => ticks.map((one) => (step >= 86400 ? shortDay : clock).format(one * 1000)) }, { ...axis, size: 58, values: (_, ticks) => ticks.map((one) => short.format(scale(one))) }],
      series: [{}, ...series],
      hooks: { setCursor: [(plot) => { tip.textContent = plot.cursor.idx == null ? "" : say(given, plot.cursor.idx); }] },
    };
  }

  function say(given, index) {
    const money = (value) => written(major(value, given.decimals), given.decimals) + (given.unit ? " " + given.unit : "");
    if (given.kind === "bars") return `${full.format(given.since[index])}: ${money(given.values[index])}`;
    return `${full.format(given.until[index])}: ${money(given.closing[index])}`;
  }

  function draw(element) {
    if (!window.uPlot || !element.dataset.chart || !element.clientWidth) return;
    const given = JSON.parse(element.dataset.chart);
    const tip = document.createElement("div");
    tip.className = "tip";
    element.replaceChildren();
    const accent = colour("--accent");
    const soft = colour("--accent-soft");
    let data;
    let series;
    if (given.kind === "bars") {
      data = [given.since.map((one) => one / 1000), given.values];
      series = [{ stroke: accent, fill: accent, width: 0, points: { show: false }, paths: window.uPlot.paths.bars({ size: [0.7, 24] }) }];
    } else {
      data = [given.until.map((one) => one / 1000), given.closing];
      series = [{ stroke: accent, fill: soft, width: 1.5, points: { show: false }, paths: window.uPlot.paths.stepped({ align: 1 }) }];
    }
    const chosen = options(element, given, series, tip);
    if (given.kind === "bars") chosen.scales.y = { range: (_, __, most) => [0, Math.max(most, 1) * 1.05] };
    element.plot = new window.uPlot(chosen, data, element);
    element.append(tip);
  }

  function drawAll(root) { root.querySelectorAll(".chart").forEach(draw); }

  const redraw = () => drawAll(document);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let resized;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(redraw, 150); });

  // Dialogs and forms --------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      dialog.returnTo = link.id;
      window.htmx.ajax("GET", link.href, { target: dialogContent, swap: "innerHTML" });
    }
    if (event.target.closest("[data-close]")) {
      if (dialog.open) dialog.close();
      else history.back();
    }
  });

  dialog.addEventListener("close", () => {
    dialogContent.replaceChildren();
    const back = document.getElementById(dialog.returnTo || "");
    if (back) back.focus();
  });

  let asked;
  document.addEventListener("input", (event) => {
    const field = event.target;
    const where = field.dataset && field.dataset.suggest;
    if (!where) return;
    clearTimeout(asked);
    asked = setTimeout(async () => {
      if (!field.value) return;
      const found = await fetch(`${where}?${new URLSearchParams({ search: field.value })}`, { headers: { "HX-Request": "true" } });
      const text = found.ok ? await found.text() : "";
      const list = document.getElementById(field.getAttribute("list"));
      if (list) list.innerHTML = text;
    }, 150);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    localize(document);
    drawAll(event.detail.elt.parentElement || document);
    if (event.detail.target === dialogContent && !dialog.open) dialog.showModal();
  });

  // Not before what has come is htmx's: a key that is pressed at once would send it as a page.
  document.addEventListener("htmx:afterSettle", (event) => {
    const place = event.detail.target;
    if (!place.matches(".form-place")) return;
    const wanted = ["[aria-invalid]", "[data-first]", "input:not([type=hidden]), select, textarea, [role=region], button"];
    const first = wanted.map((one) => place.querySelector(one)).find(Boolean);
    if (first) first.focus();
    dialog.scrollTop = 0;
  });

  // A screen that nobody is at asks nothing, so that its session ends.
  const UNATTENDED = 10 * 60 * 1000;
  let active = Date.now();
  for (const kind of ["pointermove", "keydown", "scroll"]) {
    addEventListener(kind, () => { active = Date.now(); }, { passive: true });
  }

  // What asks for itself time and again lets whoever works in it, or looks elsewhere, be.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.detail.elt;
    const trigger = event.detail.requestConfig.triggeringEvent;
    const busy = document.hidden || Date.now() - active > UNATTENDED || part.matches(":focus-within") || part.querySelector("details[open]");
    if (part.hasAttribute("data-polled") && !trigger && busy) event.preventDefault();
  });

  // Who is not told that the server is gone takes what is shown for what is.
  const told = document.getElementById("told");
  document.addEventListener("htmx:sendError", () => {
    told.textContent = `No connection since ${new Date().toLocaleTimeString()}: what is shown may be old.`;
    document.body.classList.add("offline");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful && !event.detail.xhr.status) return;
    told.textContent = "";
    document.body.classList.remove("offline");
  });

  // A menu closes when something else is meant.
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach((one) => { one.open = false; });
  });

  localize(document);
  drawAll(document);
})();
