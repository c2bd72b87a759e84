"""The fixed parts of the ledger's page: frame, style sheet and the script that sorts and filters."""

from string import Template

STYLE = """
:root{--ink:#1d2430;--soft:#5b6472;--line:#e3e6eb;--paper:#fff;--wash:#f6f7f9;--accent:#0072b2;
--yes:#00694d;--yes-wash:#dff3ec;--no:#a34700;--no-wash:#fdeadd;--none:#5b6472;--none-wash:#eceef1;
--reference:#0b5c8e;--reference-wash:#e1eff8;--solid-yes:#009e73;--solid-no:#d55e00;--solid-none:#c3c8d0;
--solid-reference:#56b4e9}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaf0;--soft:#a2abba;--line:#323946;--paper:#171b22;
--wash:#1e242d;--accent:#56b4e9;--yes:#6fdcb8;--yes-wash:#12382d;--no:#ffb27a;--no-wash:#43260f;--none:#b0b8c4;
--none-wash:#2b313b;--reference:#93d0f5;--reference-wash:#123349;--solid-none:#4c5563}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:3.6rem}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
main,.head>div,nav>div{max-width:1320px;margin:0 auto;padding:0 28px}
.head{background:var(--wash);border-bottom:1px solid var(--line);padding:34px 0 26px}
.head p{max-width:64em;color:var(--soft);margin:.3em 0}
.kicker{font-size:12px;letter-spacing:.09em;text-transform:uppercase}
h1{font-size:30px;line-height:1.2;margin:.1em 0 .2em;font-weight:650}
h2{font-size:23px;margin:0 0 .2em;font-weight:650}
section>h3{font-size:13px;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);margin:34px 0 10px}
h4{font-size:16px;font-weight:600;margin:0;flex:1;line-height:1.4}
section{padding:44px 0 8px}
.lead{color:var(--soft);max-width:62em;margin:0 0 14px}
nav{position:sticky;top:0;z-index:3;background:var(--paper);border-bottom:1px solid var(--line)}
nav a{display:inline-block;padding:12px 0;margin-right:24px;color:var(--soft);text-decoration:none;font-weight:550}
nav a:hover{color:var(--accent)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(270px,1fr));gap:16px;margin:22px 0 8px}
.tile{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:14px 18px 12px}
.tile h3{display:flex;justify-content:space-between;font-size:15px;margin:0 0 10px;font-weight:600}
.tile ul{list-style:none;margin:10px 0 0;padding:0}
.tile li{display:flex;justify-content:space-between;padding:2px 0}
.bar{display:flex;gap:2px;height:9px;border-radius:5px;overflow:hidden}
.bar span{min-width:3px}
.bar .yes{background:var(--solid-yes)}.bar .no{background:var(--solid-no)}.bar .none{background:var(--solid-none)}
.bar .reference{background:var(--solid-reference)}
.badge{display:inline-flex;align-items:center;gap:6px;border-radius:99px;padding:1px 10px 1px 8px;font-size:12.5px;
font-weight:600;white-space:nowrap;line-height:1.6}
.badge i{font-style:normal;font-weight:700}
.badge.yes{background:var(--yes-wash);color:var(--yes)}.badge.no{background:var(--no-wash);color:var(--no)}
.badge.none{background:var(--none-wash);color:var(--none)}
.badge.reference{background:var(--reference-wash);color:var(--reference)}
.claim{border:1px solid var(--line);border-radius:10px;padding:14px 18px;margin:0 0 12px}
.claim header{display:flex;gap:14px;align-items:baseline}
.id,.source{color:var(--soft);font-size:13px;font-variant-numeric:tabular-nums;white-space:nowrap}
.test{color:var(--soft);font-size:13.5px;margin:4px 0 8px 40px}
.test b{font-weight:600;margin-right:8px}
.finding{display:grid;grid-template-columns:140px 1fr;gap:12px;padding:7px 0 1px 40px;border-top:1px solid var(--line)}
.finding .badge{justify-self:start;align-self:start}
.finding p{margin:0}.finding p b{margin-right:10px}
.numbers{font-size:13px;color:var(--soft);font-variant-numeric:tabular-nums}
.remark{font-size:13.5px;color:var(--soft);font-style:italic;margin:8px 0 0 40px}
.filters{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;margin:12px 0}
.filters input{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:8px;
padding:6px 12px;width:270px}
.filters button{font:inherit;background:none;border:1px solid transparent;border-radius:99px;padding:1px 8px 1px 1px;
cursor:pointer;color:var(--soft);margin-right:4px}
.filters button b{font-size:13px;margin-left:7px}
.filters button[aria-pressed=true]{border-color:var(--accent);color:var(--ink)}
.filters output{color:var(--soft);font-size:13px}
.wide{overflow:auto;max-height:78vh;border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
td,th{padding:6px 10px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
th{font-weight:600}
.ledger th{position:sticky;top:0;background:var(--wash);padding:0;z-index:1}
.ledger th button{font:inherit;color:inherit;background:none;border:0;padding:8px 10px;width:100%;text-align:inherit;
cursor:pointer;white-space:nowrap}
.ledger th[aria-sort=ascending] button::after{content:" \\2191"}
.ledger th[aria-sort=descending] button::after{content:" \\2193"}
.ledger td{font-variant-numeric:tabular-nums}
.ledger tbody tr:hover{background:var(--wash)}
.right{text-align:right;white-space:nowrap}
.why{min-width:19em;max-width:26em}
.text{min-width:9em;max-width:16em;overflow-wrap:anywhere}
.name{min-width:11.5em}
.soft{color:var(--soft)}
td small{display:block;color:var(--soft);font-size:12px}
abbr{color:var(--no);font-size:11px;text-decoration:none;cursor:help}
.roles{background:var(--paper);border:1px solid var(--line);border-radius:10px;border-collapse:separate;
border-spacing:0;margin-top:10px}
details summary{cursor:pointer;color:var(--accent);margin-top:14px}
footer{color:var(--soft);padding:40px 0 60px;font-size:13px}
[hidden]{display:none!important}
@media (max-width:700px){main,.head>div,nav>div{padding:0 14px}.finding,.test,.remark{padding-left:0;margin-left:0}
.finding{grid-template-columns:1fr;gap:2px}.claim header{flex-wrap:wrap}}
@media print{nav,.filters{display:none}.wide{max-height:none}}
"""

SCRIPT = """
"use strict";
for (const section of document.querySelectorAll("section")) {
  const search = section.querySelector("input"), buttons = [...section.querySelectorAll("[data-show]")];
  const output = section.querySelector("output"), rows = [...section.querySelectorAll(".row")];
  if (!search) continue;
  const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
  const verdicts = row => row.dataset.verdict ? [row.dataset.verdict]
    : [...row.querySelectorAll("[data-verdict]")].map(part => part.dataset.verdict);
  const update = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const wanted = buttons.filter(b => b.getAttribute("aria-pressed") === "true").map(b => b.dataset.show);
    let shown = 0;
    for (const row of rows) {
      const fits = words.every(word => texts.get(row).includes(word))
        && (!wanted.length || verdicts(row).some(verdict => wanted.includes(verdict)));
      row.hidden = !fits;
      shown += fits;
    }
    output.textContent = shown < rows.length ? `${shown} of ${rows.length} shown` : "";
  };
  search.addEventListener("input", update);
  for (const button of buttons) button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true");
    update();
  });
}
for (const button of document.querySelectorAll(".ledger th button")) button.addEventListener("click", () => {
  const head = button.parentNode;
  const body = head.closest("table").tBodies[0], place = head.cellIndex;
  const up = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = row => row.cells[place].dataset.key ?? row.cells[place].textContent.trim();
  const order = (a, b) => {
    const x = key(a), y = key(b);
    if (x === "" || y === "") return (x === "") - (y === "");
    const numeric = !isNaN(x) && !isNaN(y);
    return (up ? 1 : -1) * (numeric ? x - y : x.localeCompare(y, "en", {numeric: true}));
  };
  body.append(...[...body.rows].sort(order));
});
"""

PAGE = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ledger of $study</title>
<style>"""
    + STYLE
    + """</style>
</head>
<body>
<div class="head"><div>
<p class="kicker">Ledger of the study</p>
<h1>$study</h1>
<p>$title</p>
<div class="tiles">$summary</div>
<details><summary>How to read this page</summary>
<p><b>Claims</b> are judged on each network of the study: <i>holds</i>, <i>does not hold</i>, or <i>not applicable</i>
where the network or the study lacks what the claim speaks of.</p>
<p><b>Published numbers</b> are compared only where a network of the study is the paper's network on the paper's data:
then ours is <i>reproduced</i> within the printed precision, or it <i>differs</i>. For all other networks the printed
number is <i>reference only</i>, shown for orientation and never a target. <i>Not computed</i> are settings of
experiments, texts, unreadable prints, and values whose stage the study does not run. <i>ocr?</i> marks what the scan
of the paper garbles. Differences are ours minus published, in the printed unit: percent where the quantity ends
in pct, else fractions.</p>
<p><b>Checks</b> recompute printed numbers from other printed numbers of the same papers, and count the units of this
study whose measures contradict each other.</p></details>
<details><summary>Networks, and which of their layers play which part</summary>
<p>The papers speak of conv5, fc6, fc7, fc8 and prob. Hidden layers are those that play conv5, fc6 or fc7; where none
does, all layers that are not outputs.</p>
$networks</details>
</div></div>
<nav><div>$links</div></nav>
<main>
$body
<footer>TCS: top-class selectivity, the recall at perfect precision. CCMAS: class-conditional mean activity selectivity.
J: informedness, the sum of recall and specificity less 1. AUC, AUROC: area under the receiver operating
characteristic.</footer>
</main>
<script>"""
    + SCRIPT.replace("$", "$$")
    + """</script>
</body>
</html>
"""
)
