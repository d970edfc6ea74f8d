// What pages do beyond reading: times and money as whoever looks writes them, charts, dialogs.
"use strict";

(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
  const dayOfUtc = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const shortDayOfUtc = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
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
  function grouped(text, decimals) {
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
      element.textContent = sign + grouped(element.value, Number(element.dataset.decimals));
    });
    root.querySelectorAll("[data-zone-name]").forEach((element) => { element.textContent = zone; });
    root.querySelectorAll("input[data-zone]").forEach((element) => { element.value = zone; });
    root.querySelectorAll("[data-copy]").forEach((element) => { element.hidden = !navigator.clipboard; });
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

  // As short as tells one tick from the next.
  function compact(values) {
    for (let digits = 3; ; digits += 1) {
      const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumSignificantDigits: digits });
      const found = values.map((one) => short.format(one));
      if (digits === 16 || new Set(found).size === found.length) return found;
    }
  }

  function options(element, given, series, tip) {
    const line = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: colour("--muted"), grid: line, ticks: { ...line, size: 4 }, font: "11px system-ui" };
    const ofDays = given.days ? shortDayOfUtc : shortDay;
    // A day where one begins, else what clocks show.
    const begins = (ms) => clock.format(ms) === clock.format(new Date(2001, 0, 1));
    const times = (_, ticks, __, ___, step) => ticks.map((one) => (step >= 86400 || begins(one * 1000) ? ofDays : clock).format(one * 1000));
    const numbers = (_, ticks) => compact(ticks.map((one) => one / 10 ** given.decimals));
    const room = (_, labels) => Math.max(36, ...(labels || []).map((one) => 14 + one.length * 7));
    return {
      width: element.clientWidth,
      height: element.clientHeight,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      // What a chart shows ticks at midnights of: the days of whoever looks, or those of UTC.
      tzDate: (seconds) => (given.days ? window.uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : new Date(seconds * 1000)),
      cursor: { y: false, points: { size: 6 }, drag: { x: given.kind === "balance", y: false, setScale: false } },
      scales: { x: { time: true } },
      axes: [{ ...axis, space: 80, size: 30, values: times }, { ...axis, size: room, values: numbers }],
      series: [{}, ...series],
      hooks: {
        setCursor: [(plot) => { tip.textContent = plot.cursor.idx == null ? "" : say(given, plot.cursor.idx); }],
        setSelect: [(plot) => { if (plot.select.width > 4) zoom(plot); }],
      },
    };
  }

  // Over which part of a chart one has drawn, the page is asked for anew; its address can be shared.
  function zoom(plot) {
    const at = (left) => Math.round(plot.posToVal(left, "x") * 1000);
    const [since, until] = [at(plot.select.left), at(plot.select.left + plot.select.width)];
    plot.setSelect({ width: 0, height: 0 }, false);
    const address = new URL(location.href);
    address.searchParams.set("since", since);
    address.searchParams.set("until", Math.max(until, since + 1000));
    const link = document.createElement("a");
    link.href = address.pathname + address.search;
    plot.root.closest("section").querySelector(".switch").append(link);
    window.htmx.process(link);
    link.click();
  }

  document.addEventListener("dblclick", (event) => {
    const panel = event.target.closest(".chart") && event.target.closest("section");
    const whole = panel && panel.querySelector("a[data-whole]");
    if (whole) whole.click();
  });

  function say(given, index) {
    const money = (value) => grouped(major(value, given.decimals), given.decimals) + (given.unit ? " " + given.unit : "");
    const written = given.days ? dayOfUtc : full;
    if (given.kind === "bars") return `${written.format(given.since[index])}: ${money(given.values[index])}`;
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
    if (given.kind === "bars") {
      const half = (given.since[1] - given.since[0]) / 2000;  // a bar stands in the middle of its part
      chosen.scales.x.range = (_, first, last) => [first - half, last + half];
      chosen.scales.y = { range: (_, __, most) => [0, Math.max(most, 1) * 1.05] };
    }
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

  // Escape throws away what was typed only when it is pressed once more.
  let typed = false;
  const discard = document.getElementById("discard");
  dialogContent.addEventListener("input", () => { typed = true; discard.textContent = ""; });
  dialog.addEventListener("cancel", (event) => {
    if (!typed || discard.textContent || !dialogContent.querySelector("form")) return;
    event.preventDefault();
    discard.textContent = "Press Escape once more to discard what you have typed.";
  });

  dialog.addEventListener("close", () => {
    typed = false;
    discard.textContent = "";
    dialogContent.replaceChildren();
    const back = document.getElementById(dialog.returnTo || "");
    if (back) back.focus();
  });

  // What is shown once is copied at a click; browsers let pages do that where nobody listens in.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });

  let asked;
  document.addEventListener("input", (event) => {
    const field = event.target;
    const where = field.dataset && field.dataset.suggest;
    if (!where) return;
    const chosen = [...field.list.options].find((one) => one.value === field.value);
    const whose = document.getElementById(field.dataset.whose || "");
    if (whose) whose.textContent = chosen ? chosen.textContent.trim() : "";
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

  // Who turned a page of a list goes on at the top of that list, and at its button if it is there.
  document.addEventListener("htmx:afterSettle", (event) => {
    const source = event.detail.requestConfig && event.detail.requestConfig.elt;
    if (!source || !source.matches(".pager a")) return;
    const list = document.getElementById(source.closest("section").id);
    const region = list.querySelector(".scroll");
    list.scrollIntoView();
    if (region && document.activeElement === document.body) region.focus({ preventScroll: true });
  });

  // Not before what has come is htmx's: a key that is pressed at once would send it as a page.
  document.addEventListener("htmx:afterSettle", (event) => {
    const place = event.detail.target;
    if (!place.matches(".form-place")) return;
    const wanted = ["[aria-invalid]", "[data-first]:not([hidden])", "input:not([type=hidden]), select, textarea, [role=region], button:not([aria-hidden])"];
    const first = wanted.map((one) => place.querySelector(one)).find(Boolean);
    if (first) first.focus();
    dialog.scrollTop = 0;
    discard.textContent = "";
  });

  // "/" leads to the box that finds, from wherever nothing is written.
  document.addEventListener("keydown", (event) => {
    const box = document.getElementById("find");
    const writes = event.target.closest("input, select, textarea, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !box || writes || dialog.open) return;
    event.preventDefault();
    box.select();
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
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((one) => {
      if (one.contains(document.activeElement)) one.querySelector("summary").focus();
      one.open = false;
    });
  });

  localize(document);
  drawAll(document);
})();
