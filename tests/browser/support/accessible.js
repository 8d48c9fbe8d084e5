// axe-core on a page as it stands, and the two things it does not look at: width, and the size of what fingers press.

import assert from 'node:assert/strict';

import axe from 'axe-core';

/** Fails when the page has something serious or critical, or scrolls sideways. */
export async function isAccessible(person, name) {
  await person.photograph(name);
  // By `evaluate`, because our own policy rightly refuses an injected script element.
  await person.page.evaluate(axe.source);
  const { violations, passes } = await person.page.evaluate(() => globalThis.axe.run());
  assert.ok(passes.length > 10, 'axe must have looked at something');
  const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  assert.deepEqual(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`), []);
  const overflow = await person.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${name} scrolls sideways by ${overflow} px`);
}

/** Buttons, links and fields that are smaller than a finger, in words. */
export function tooSmallForFingers(page, least = 44) {
  return page.evaluate((size) => {
    const targets = [...document.querySelectorAll('#main button, #main a[href], #main label:has(input), #main textarea, .rail a, dialog[open] button')];
    const isInText = (element) => element.matches('p a');
    return targets
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !isInText(element) && !element.closest('.hidden-text'))
      .map((element) => [element, element.getBoundingClientRect()])
      .filter(([element, { width, height }]) => width && !element.matches('.hidden-text') && (height < size || width < size))
      .map(([element, { width, height }]) => `${element.outerHTML.slice(0, 80)}: ${Math.round(width)} × ${Math.round(height)}`);
  }, least);
}
