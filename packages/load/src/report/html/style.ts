/** The page's own style. The colours of lines are told apart on both grounds, also by most who see few colours. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --card: #f6f7f9; --text: #16191d; --quiet: #5b6470; --grid: #e3e6ea;
  --line: #d5d9df; --shade: #8a93a038; --good: #12703a; --bad: #b3261e;
  --s1: #2563c9; --s2: #b45f06; --s3: #8e24aa; --s4: #00796b; --s5: #c62828; --s6: #6d7480; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171b; --card: #1c2026; --text: #e6e9ed; --quiet: #9aa4b1;
  --grid: #2a3038; --line: #353c46; --shade: #a7b0bd33; --good: #63d391; --bad: #ff8a80;
  --s1: #6ea8ff; --s2: #f2a65a; --s3: #d292f0; --s4: #4fd1bd; --s5: #ff7b72; --s6: #9aa4b1; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1160px; padding: 20px 16px 48px; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { margin: 0; font-size: 24px; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 36px 0 12px; font-size: 18px; }
p { margin: 6px 0; }
.quiet { color: var(--quiet); overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 10px; margin: 20px 0 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; }
.tiles dt { color: var(--quiet); font-size: 13px; }
.tiles dd { margin: 0; font-size: 21px; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tiles small { font-size: 13px; font-weight: 400; color: var(--quiet); }
.charts-grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
figure { margin: 0; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 12px 12px 8px; }
figure.wide { grid-column: 1 / -1; }
html:not(.charts) figure, html:not(.charts) .hint, html.charts .instead { display: none; }
figcaption { font-weight: 600; margin-bottom: 6px; }
figcaption span { color: var(--quiet); font-weight: 400; }
figure p { margin: 2px 0 0; min-height: 1.5em; font-size: 13px; color: var(--quiet); }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.scroll th, .scroll td { padding: 6px 12px; text-align: left; white-space: nowrap; border-top: 1px solid var(--line); }
.scroll thead th { border-top: 0; background: var(--card); color: var(--quiet); font-weight: 600; font-size: 13px; }
.scroll tbody th { font-weight: 400; white-space: normal; overflow-wrap: anywhere; min-width: 11em; }
.scroll { width: fit-content; max-width: 100%; }
.scroll table { min-width: min(520px, calc(100vw - 34px)); }
.scroll .n { text-align: right; }
details { margin: 12px 0; }
summary { cursor: pointer; font-weight: 600; padding: 4px 0; }
pre { overflow: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px;
  font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.u-legend { font-size: 13px; text-align: left; margin: 0; }
.u-inline tr { margin-right: 10px; }
.u-series > * { padding: 2px; }
.u-select { background: var(--shade); }
.uplot { font-family: inherit; width: 100%; }
@media (max-width: 760px) { .charts-grid { grid-template-columns: minmax(0, 1fr); } h1 { font-size: 20px; } }
`.trim();
