#pragma once
// How a report looks. Texts on their grounds have at least 4.5 to 1.

#include <string_view>

namespace xgrad::detail {

inline constexpr std::string_view report_style = R"css(
:root{--ink:#17212b;--soft:#4a5765;--line:#d9dfe5;--paper:#fff;--ground:#f3f5f8;--blue:#0072b2;--orange:#c2500a}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:1240px;margin:0 auto;padding:0 20px}
header{padding-top:34px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:21px;margin:44px 0 4px;letter-spacing:-.01em}
h3{font-size:15px;margin:0 0 8px;font-weight:650}
p{margin:4px 0 14px;max-width:92ch}
.soft,figcaption,.sub{color:var(--soft)}
.sub{margin:0}
nav{margin:18px 0 0;display:flex;flex-wrap:wrap;gap:6px 8px}
nav a{color:#00578a;text-decoration:none;background:var(--paper);border:1px solid var(--line);border-radius:99px;padding:4px 13px;font-size:14px}
nav a:hover,nav a:focus-visible{border-color:var(--blue);text-decoration:underline}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin:22px 0 0;padding:0}
.tiles div,.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:14px 16px;margin:0}
.tiles dt{color:var(--soft);font-size:13.5px}
.tiles dd{margin:2px 0 0;font-size:23px;font-weight:650;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
.tiles dd small{display:block;font-size:13px;font-weight:400;color:var(--soft);letter-spacing:0}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,330px),1fr));gap:14px}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,560px),1fr));gap:14px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,240px),1fr));gap:6px 16px}
.pair h4{font-size:13px;font-weight:500;color:var(--soft);margin:0 0 2px}
figure{margin:0}
figcaption{font-size:13px;margin-top:6px}
svg{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;fill:#3c4957;font-variant-numeric:tabular-nums}
line.grid{stroke:#e6eaee;stroke-width:1}
line.zero{stroke:#9aa6b2;stroke-width:1;stroke-dasharray:2 3}
line.axis{stroke:#9aa6b2;stroke-width:1}
line.best{stroke:#56616d;stroke-width:1.2;stroke-dasharray:5 4}
.curve,.thin{fill:none;stroke-linejoin:round;stroke-linecap:round}
.curve{stroke-width:2.4}.thin{stroke-width:1.4;stroke-dasharray:1 4}
path.c0{stroke:#0072b2}path.c1{stroke:#d55e00}path.c2{stroke:#009e73}path.c3{stroke:#cc79a7}path.c4{stroke:#e69f00}path.c5{stroke:#56b4e9}path.c6{stroke:#000}
circle.c0{fill:#0072b2}circle.c1{fill:#d55e00}circle.c2{fill:#009e73}circle.c3{fill:#cc79a7}circle.c4{fill:#e69f00}circle.c5{fill:#56b4e9}circle.c6{fill:#000}
.ridge path{stroke-width:1.3;fill-opacity:.9;stroke-linejoin:round}
.weights path{fill:#8ec3e6;stroke:#00578a}.gradients path{fill:#f3b184;stroke:#a84300}.activations path{fill:#8fd3bd;stroke:#00694c}
.key{display:inline-flex;align-items:center;gap:6px;margin-right:16px;font-size:14px}
.key i{width:18px;height:0;border-top:3px solid var(--blue)}
.key i.dots{border-top-style:dotted;border-top-width:4px}
.key i.c1{border-color:#d55e00}
.key i.mark{border-top:2px dashed #56616d}
.frame{fill:#f7f9fb;stroke:#c3ccd5}
.axis-name{font-weight:600}
.sides{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:14px;align-items:start}
@media (max-width:820px){.sides{grid-template-columns:minmax(0,1fr)}}
.matrix svg{max-width:560px;margin:0 auto}
.matrix.large{overflow-x:auto}.matrix.large svg{min-width:540px}
.matrix.small svg{max-width:340px}
.whole{grid-column:1/-1}
.stack{display:grid;gap:14px}
table{overflow-wrap:normal;border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:5px 8px;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left}
.names td{overflow-wrap:break-word}
tbody th{font-weight:400}
thead th{color:var(--soft);font-weight:600;font-size:13px}
.scroll{overflow-x:auto}
.high{max-height:278px;overflow-y:auto}
.high td,.high th{padding:4px 5px;font-size:13px}
.high td{white-space:nowrap}
.high thead th{overflow-wrap:normal;vertical-align:bottom;line-height:1.25}
.high thead th{position:sticky;top:0;background:var(--paper)}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
.worst{display:grid;grid-template-columns:repeat(auto-fill,minmax(142px,1fr));gap:12px;padding:0;margin:0;list-style:none}
.worst.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,300px),1fr))}
.worst li{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:10px;font-size:14px}
.worst img{display:block;width:100%;aspect-ratio:1;object-fit:contain;image-rendering:pixelated;background:#10161c;border-radius:7px;margin-bottom:8px}
.worst b{font-weight:650}
.worst .no{color:#a83c00}.worst .yes{color:#00613f}
.worst code{display:block;font:12.5px/1.45 ui-monospace,SFMono-Regular,Menlo,"Liberation Mono",monospace;background:var(--ground);border-radius:7px;padding:8px;margin-bottom:8px}
.finding{border-left:5px solid #7a8794;margin:0 0 10px}
.finding.error{border-left-color:#b3261e}.finding.warning{border-left-color:#c2500a}
.finding p{margin:2px 0}
.tag{display:inline-block;font-size:12.5px;font-weight:650;border-radius:6px;padding:1px 8px;margin-right:8px;background:#e3e8ed;color:#2d3945}
.error .tag{background:#b3261e;color:#fff}.warning .tag{background:#ffe3cf;color:#7a2e00}
details{margin-top:12px}
summary{cursor:pointer;color:#00578a;font-size:14px}
footer{padding:36px 20px 40px;color:var(--soft);font-size:13.5px}
@media print{body{background:#fff}.card,.tiles div,.worst li{break-inside:avoid}nav{display:none}}
)css";

}  // namespace xgrad::detail
