import type { Page } from 'playwright-core';

interface Walked {
  /** What somebody can press, choose or type in, and does not come to. */
  unreached: string[];
  /** Reached, and looking as if they were not. */
  unseen: string[];
  isTrapped: boolean;
}

/**
 * In the page: knows what in a place can be used, and notes what has the focus, and whether that is to be seen on it or right beside it.
 * What stands in a group that one moves through by arrows (tabs, radio buttons) is reached by them.
 */
const inPage = (place: string) => `(() => {
  const usable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex="-1"]), [role=button], [role=tab], [role=menuitem], [role=slider], [role=option]';
  const root = document.querySelector(${JSON.stringify(place)});
  const things = [...root.querySelectorAll(usable)].filter((thing) => thing.checkVisibility({ visibilityProperty: true }) && !thing.matches(':disabled') && !thing.closest('[inert]'));
  const still = new CSSStyleSheet();
  still.replaceSync('* { transition: none !important; animation: none !important; }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  const around = (thing) => [thing, thing.parentElement, thing.nextElementSibling, thing.id && document.querySelector('label[for="' + CSS.escape(thing.id) + '"]')].filter(Boolean);
  const look = (thing) => around(thing).map((one) => {
    const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(one);
    return [outlineStyle === 'none' ? '' : outlineStyle + outlineWidth, boxShadow, borderColor, backgroundColor].join();
  }).join();
  const isPart = root !== document.documentElement;
  const begin = isPart ? root : document.body;
  begin.tabIndex = -1; // so that one goes on from where it begins, whatever has the focus
  begin.focus();
  begin.removeAttribute('tabindex');
  document.activeElement?.blur();
  const before = new Map(things.map((thing) => [thing, look(thing)]));
  const reached = new Set();
  const unseen = new Set();
  let left = false;
  const note = ({ target }) => {
    if (!root.contains(target)) left = left || reached.size > 0;
    if (!before.has(target)) return;
    reached.add(target);
    if (look(target) === before.get(target)) unseen.add(target);
  };
  document.addEventListener('focusin', note);
  const group = (thing) => thing.type === 'radio' ? 'radio ' + thing.name : thing.closest('[role=tablist], [role=radiogroup], [role=menu], [role=listbox], [role=toolbar]');
  const names = (set) => [...set].map((thing) => thing.outerHTML.slice(0, 160));
  globalThis.walked = {
    // by arrows: from a member of a group that was reached, as often as the group has members
    nextGroup: () => {
      const lost = things.find((thing) => !reached.has(thing) && !thing.triedArrows && things.some((other) => reached.has(other) && group(thing) && group(other) === group(thing)));
      if (!lost) return 0;
      const members = things.filter((other) => group(other) === group(lost));
      for (const member of members) member.triedArrows = true;
      members.find((other) => reached.has(other)).focus();
      return members.length;
    },
    end: () => {
      document.removeEventListener('focusin', note);
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== still);
      return { unreached: names(things.filter((thing) => !reached.has(thing))), unseen: names(unseen), isTrapped: isPart && reached.size > 0 && !left };
    },
  };
  return things.length;
})()`;

/** More stops than things: places that scroll are reached too, so that they can be scrolled. */
const stopsMore = 12;

/** Goes through a place of a page by the keyboard alone, and says in words what cannot be reached so, or does not show that it was; empty where all is well. */
export async function missedByKeyboard(page: Page, place = 'html'): Promise<string[]> {
  const count = (await page.evaluate(inPage(place))) as number;
  const session = await page.context().newCDPSession(page);
  const press = (key: string, code: number, times: number) =>
    Promise.all(
      Array.from({ length: times }, () => ['rawKeyDown', 'keyUp'] as const)
        .flat()
        .map((type) => session.send('Input.dispatchKeyEvent', { type, key, code: key, windowsVirtualKeyCode: code })),
    );
  await press('Tab', 9, count + stopsMore);
  for (let group = (await page.evaluate('walked.nextGroup()')) as number; group > 0; group = (await page.evaluate('walked.nextGroup()')) as number)
    await press('ArrowRight', 39, group);
  const { unreached, unseen, isTrapped } = (await page.evaluate('walked.end()')) as Walked;
  await session.detach();
  const path = new URL(page.url()).pathname;
  return [
    ...unreached.map((thing) => `${path} not reached: ${thing}`),
    ...unseen.map((thing) => `${path} reached unseen: ${thing}`),
    ...(isTrapped ? [`${path} never lets go of the focus`] : []),
  ];
}
