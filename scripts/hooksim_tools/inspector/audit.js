// What is wrong with the page that it runs in, as a list of sentences: names, labels, structure and contrast (WCAG 2.2, AA).
const problems = [];
const visible = (element) => element.checkVisibility() && element.getClientRects().length > 0;
const nameOf = (element) =>
  element.getAttribute("aria-label") || element.textContent.trim() || [...(element.labels || [])].map((label) => label.textContent.trim()).join(" ");
const shown = (element) => element.outerHTML.slice(0, 120);

if (!document.documentElement.lang) problems.push("the page has no language");
if (!document.title.trim()) problems.push("the page has no title");
if (document.querySelectorAll("h1").length !== 1) problems.push("the page has not one h1");
if (document.querySelectorAll("main").length !== 1) problems.push("the page has not one main");
let level = 1;
for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
  const next = Number(heading.localName[1]);
  if (next > level + 1) problems.push(`a heading is skipped before ${shown(heading)}`);
  level = next;
}
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) problems.push(`the id ${id} is there twice`);
for (const reference of document.querySelectorAll("[aria-labelledby]")) {
  if (!document.getElementById(reference.getAttribute("aria-labelledby"))) problems.push(`nothing labels ${shown(reference)}`);
}
for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
  if (!nameOf(field)) problems.push(`no label: ${shown(field)}`);
}
for (const element of document.querySelectorAll("button, a, summary, section, [role=img], [role=region]")) {
  if (element.localName === "section" && !element.hasAttribute("aria-label") && !element.hasAttribute("aria-labelledby")) {
    problems.push(`no name: ${shown(element)}`);
  } else if (!nameOf(element)) problems.push(`no name: ${shown(element)}`);
}
for (const head of document.querySelectorAll("th")) if (!head.scope) problems.push(`no scope: ${shown(head)}`);
for (const element of document.querySelectorAll("[tabindex]")) if (element.tabIndex > 0) problems.push(`out of order: ${shown(element)}`);
for (const element of document.querySelectorAll("*")) {
  for (const attribute of element.attributes) if (attribute.name.startsWith("on")) problems.push(`a handler: ${shown(element)}`);
}

function channels(colour) {
  const numbers = colour.match(/[\d.]+/g).map(Number);
  return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
}
function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => value / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
function ground(element) {
  for (let at = element; at; at = at.parentElement) {
    const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
    if (alpha === 1) return rgb;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
}
function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  if (!texts.currentNode.data.trim() || !visible(element)) continue;
  const style = getComputedStyle(element);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  const ratio = contrast(channels(style.color).rgb, ground(element));
  if (ratio < (isLarge ? 3 : 4.5)) problems.push(`contrast ${ratio.toFixed(2)}: ${shown(element)}`);
}
for (const field of document.querySelectorAll("input:not([type=hidden], [type=checkbox]), select, textarea")) {
  if (!visible(field)) continue;
  const style = getComputedStyle(field);
  if (contrast(channels(style.color).rgb, ground(field)) < 4.5) problems.push(`contrast of the text in ${shown(field)}`);
  if (contrast(channels(style.borderTopColor).rgb, ground(field.parentElement)) < 3) problems.push(`contrast of the edge of ${shown(field)}`);
}
if (document.documentElement.scrollWidth > innerWidth) problems.push(`wider than its ${innerWidth} px: ${document.documentElement.scrollWidth}`);
return problems;
