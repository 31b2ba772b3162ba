// Lists of every program in the form that the editor reads: a list holds items, an item begins with a line, and a
// checklist is a list of tasks.
import type { StyleReader } from './styles'
import { isBlank, isElement, isList, isNothing, previousSeen, rename, unwrap } from './tree'

export function fixLists(body: HTMLElement, styles: StyleReader): void {
  for (const list of body.querySelectorAll<HTMLElement>('ul,ol')) nest(list)
  for (const item of [...body.querySelectorAll<HTMLElement>('li')]) if (item.isConnected) raise(item)
  for (const list of [...body.querySelectorAll<HTMLElement>('ul,ol')]) makeTasks(list, styles)
  for (const list of [...body.querySelectorAll('ul,ol')]) if (!list.querySelector('li')) list.remove()
  // Some programs write a list for each task.
  for (const list of [...body.querySelectorAll('ul[data-type="taskList"]')]) {
    const before = previousSeen(list)
    if (!isElement(before) || before.getAttribute('data-type') !== 'taskList') continue
    before.append(...list.children)
    list.remove()
  }
}

/** Lists directly in a list belong to the item before. */
function nest(list: HTMLElement): void {
  for (const child of [...list.childNodes]) {
    if (isElement(child) && child.nodeName === 'LI') continue
    const before = child.previousSibling
    if (isList(child)) {
      if (isElement(before)) before.append(child)
      else unwrap(child)
    } else if (isNothing(child)) child.remove()
    else if (isElement(before)) before.append(child)
    else {
      const item = list.ownerDocument.createElement('li')
      child.before(item)
      item.append(child)
    }
  }
}

/** An item that contains only a list is there only for the depth of that list. */
function raise(item: HTMLElement): void {
  const seen = [...item.childNodes].filter((node) => !isNothing(node) || isList(node))
  if (seen.length === 0 || !seen.every(isList)) return
  const before = item.previousElementSibling
  if (before?.nodeName === 'LI') {
    before.append(...seen)
    item.remove()
  } else item.replaceWith(...seen.flatMap((list) => [...(list as HTMLElement).children]))
}

const TYPED = /^[\s\u00a0]*(?:([☐☑☒✅✓✔⬜🗹])|\[([ xX])\])[\s\u00a0]+/u
const DONE = '☑☒✅✓✔🗹'

/** Whether an item is done; null if it is not a task. The characters that showed it are removed. */
function readTask(item: HTMLElement, styles: StyleReader): boolean | null {
  const own = <T extends Element>(selector: string) => [...item.querySelectorAll<T>(selector)].find((found) => found.closest('li') === item)
  const role = item.getAttribute('role') === 'checkbox' ? item : own('[role="checkbox"]')
  const evernote = styles.of(item).get('--en-checked')
  const input = own<HTMLInputElement>('input[type="checkbox"]')
  const notion = own('.checkbox-on,.checkbox-off')
  const said = item.getAttribute('data-checked') ?? (item.getAttribute('data-type') === 'checkbox_item' ? String(item.classList.contains('checked')) : null)
  const label = own('label')
  if (label && (input || said)) unwrap(label)
  if (role) {
    const picture = own('img')
    picture?.remove()
    if (role !== item && isBlank(role.textContent)) role.remove()
    return role.getAttribute('aria-checked') === 'true'
  }
  if (input) {
    input.remove()
    return input.hasAttribute('checked')
  }
  if (notion) {
    notion.remove()
    return notion.classList.contains('checkbox-on')
  }
  if (evernote) return evernote === 'true'
  if (said) return said === 'true'
  const typed = TYPED.exec(item.textContent ?? '')
  if (!typed) return null
  const walker = item.ownerDocument.createTreeWalker(item, 4)
  for (let left = typed[0].length; left > 0 && walker.nextNode(); ) {
    const text = walker.currentNode as Text
    const part = Math.min(left, text.data.length)
    text.data = text.data.slice(part)
    left -= part
  }
  return typed[1] ? DONE.includes(typed[1]) : typed[2]?.toLowerCase() === 'x'
}

/** Makes tasks of the items that can be done. The others keep a list of their own. */
function makeTasks(list: HTMLElement, styles: StyleReader): void {
  const items = [...list.children] as HTMLElement[]
  const states = items.map((item) => readTask(item, styles))
  if (states.every((state) => state === null)) return
  let current: HTMLElement | null = null
  const runs: HTMLElement[] = []
  items.forEach((item, index) => {
    const state = states[index] ?? null
    const isTask = state !== null
    if (!current || (current.getAttribute('data-type') === 'taskList') !== isTask) {
      current = list.ownerDocument.createElement(isTask ? 'ul' : list.nodeName)
      if (isTask) current.setAttribute('data-type', 'taskList')
      runs.push(current)
    }
    if (isTask) {
      item.setAttribute('data-type', 'taskItem')
      item.setAttribute('data-checked', String(state))
    }
    current.append(item)
  })
  list.replaceWith(...runs)
}

/** An item begins with a line: the parser moves other blocks out of an item without one. */
export function beginItems(body: HTMLElement): void {
  for (const item of body.querySelectorAll<HTMLElement>('li')) {
    // Headings in a list become ordinary lines.
    for (const heading of [...item.children]) if (/^H[1-6]$/.test(heading.nodeName)) rename(heading, 'p')
    const first = [...item.childNodes].find((node) => !isNothing(node))
    if (isElement(first) && /^(UL|OL|TABLE|PRE|IMG|BLOCKQUOTE)$/.test(first.nodeName)) item.prepend(item.ownerDocument.createElement('p'))
  }
}
