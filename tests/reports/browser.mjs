// Looks at an HTML report in Chromium: accessibility rules of axe in light, dark and narrow, what the keyboard reaches and in which order, the
// filter, and that everything is there without script. Leaves screenshots. Usage: node browser.mjs NODE_MODULES REPORT.html FOLDER
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { readFileSync } from "node:fs";

const [modules, report, folder] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/`));
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const url = pathToFileURL(report).href;

const check = (condition, text) => { if (!condition) throw new Error(text); };
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

async function open(width, scheme, script = true) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 1000 });
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const requests = [];
  page.on("request", request => requests.push(request.url()));
  await page.goto(url);
  check(requests.every(address => address === url), `the page asks for ${requests}`);
  return page;
}

async function accessible(page, name) {
  // All bodies open: what is hidden is not looked at.
  await page.evaluate(() => document.querySelectorAll("details").forEach(item => { item.open = true; }));
  // Not as a script element: the page's own policy would rightly refuse it in a stricter browser.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(item => `${item.id}: ${item.help}, first ${item.nodes[0].html}`);
  check(!told.length, `${name}: ${told.join("\n")}`);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(wider <= 0, `${name}: ${wider} pixels too wide`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((item, at) => { item.open = at === 0; }));
  await page.screenshot({ path: `${folder}/${name}.png` });
}

try {
  for (const [name, width, scheme] of [["light", 1200, "light"], ["dark", 1200, "dark"], ["narrow", 380, "light"]]) {
    const page = await open(width, scheme);
    await accessible(page, name);
    await page.close();
  }

  const page = await open(1200, "light");
  const focused = () => page.evaluate(() => `${document.activeElement.tagName} ${document.activeElement.textContent.trim().slice(0, 20)}`);
  await page.keyboard.press("Tab");
  check((await focused()).startsWith("A Skip to the findings"), `first the link past the head, not ${await focused()}`);
  await page.keyboard.press("Enter");
  const order = [];
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press("Tab");
    order.push((await focused()).split(" ")[0]);
  }
  check(order.join(" ").startsWith("INPUT SELECT INPUT"), `then search, rule, levels, not ${order}`);
  const all = (await page.$$(".finding")).length;
  check(all > 0, "no findings to look at");
  await page.focus(".finding summary");
  await page.keyboard.press("Enter");
  check(await page.$eval(".finding", item => item.open), "Enter opens a finding");
  if (all > 1) {
    const place = await page.$eval(".finding .place", item => item.textContent);
    await page.type("input[type=search]", place);
    await page.waitForFunction(total => !document.getElementById("shown").textContent.startsWith(`${total} `), { timeout: 5000 }, all);
    const shown = await page.$$eval(".finding", items => items.filter(item => !item.hidden).length);
    check(shown >= 1 && shown < all, `the filter shows ${shown} of ${all}`);
  }
  await page.close();

  const plain = await open(1200, "light", false);
  check(await plain.$eval("#controls", item => item.offsetHeight === 0), "controls without a script do nothing and are not shown");
  check((await plain.$$eval(".finding", items => items.filter(item => item.offsetHeight > 0).length)) === all, "all findings without a script");
  await plain.close();
  console.log("ok");
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
} finally {
  await browser.close();
}
