// Keeps the keyboard where the work is. A button that has done its work goes away, or is disabled for a while, and the
// browser then puts the focus on the whole page. In an area that keeps it, the focus goes to the element that came in
// the button's place, or to the nearest one.

// not a text: a selector
const FOCUSABLE = 'button, a[href], input, select, textarea, summary, [tabindex]'

const isDisabled = (element: Element) => element.matches(':disabled')
const mayFocus = (element: Element) => element.matches(FOCUSABLE) && !isDisabled(element) && !element.closest('[hidden]')

/**
 * The part of an element that takes the focus: the one marked with `data-first`, the element itself, or the first that
 * can.
 */
function firstIn(element: Element): HTMLElement | null {
  const named = element.querySelector<HTMLElement>('[data-first]')
  if (named && mayFocus(named)) return named
  const all = [element, ...element.querySelectorAll(FOCUSABLE)]
  return (all.find(mayFocus) ?? all.find((one) => one.matches(FOCUSABLE)) ?? null) as HTMLElement | null
}

/** The name by which a button is recognised that went away and came back. */
const nameOf = (element: Element) => `${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent}`

/** Where a removed element was: its parent, and the child before it that is still there. */
function placeOf(element: Node, records: MutationRecord[]): { parent: Element; before: ChildNode | null } | null {
  const removals = new Map(records.flatMap((record) => [...record.removedNodes].map((node) => [node, record] as const)))
  for (let root = element; ; ) {
    while (root.parentNode) root = root.parentNode
    const removal = removals.get(root)
    if (!removal || !(removal.target instanceof Element)) return null
    if (!removal.target.isConnected) {
      root = removal.target
      continue
    }
    let before = removal.previousSibling
    while (before && before.parentNode !== removal.target) before = removals.get(before)?.previousSibling ?? null
    return { parent: removal.target, before: before as ChildNode | null }
  }
}

/** Everything beside a place: first what follows it, then what comes before it, the nearest first. */
function beside(parent: Element, before: ChildNode | null): Element[] {
  const all = [...parent.children]
  const index = before ? [...parent.childNodes].slice(0, [...parent.childNodes].indexOf(before) + 1).filter((node) => node instanceof Element).length : 0
  return [...all.slice(index), ...all.slice(0, index).toReversed()]
}

function neighbour(room: HTMLElement, parent: Element, before: ChildNode | null, isDrawnAnew = false): HTMLElement {
  const current = isDrawnAnew ? parent.querySelector(':scope > [aria-current="true"]') : null
  for (const one of [...(current ? [current] : []), ...beside(parent, before)]) {
    const found = firstIn(one)
    if (found) return found
  }
  if (parent === room || !parent.parentElement) return room
  return neighbour(room, parent.parentElement, parent)
}

/** Keeps the focus in an element; for `ref`. Ends with the returned function. */
export function keepFocus(room: HTMLElement | null): (() => void) | undefined {
  if (!room) return
  if (!room.hasAttribute('tabindex')) room.tabIndex = -1
  let last: HTMLElement | null = null
  /** The name of the button that the one with the focus has replaced. */
  let origin: string | null = null
  const enter = ({ target }: FocusEvent) => {
    if (last && !last.isConnected) origin = nameOf(last)
    last = target as HTMLElement
  }
  const leave = ({ target, relatedTarget }: FocusEvent) => {
    if (relatedTarget instanceof Node) {
      if (!room.contains(relatedTarget)) last = null
      return
    }
    // Some browsers fire this event before they remove or disable the focused element. If the element is still usable
    // afterwards, the person has moved the focus.
    queueMicrotask(() => {
      if (target === last && last?.isConnected && !isDisabled(last) && document.activeElement !== last) last = null
    })
  }
  const restore = (records: MutationRecord[]) => {
    const now = document.activeElement
    if (!last || (now && now !== document.body && now !== last)) return
    if (last.isConnected) {
      if (!isDisabled(last) && now !== last) last.focus()
      return
    }
    const place = placeOf(last, records)
    if (!place || !room.contains(place.parent)) return
    // Only elements added in that place count: other entries of a list have buttons of the same name, too.
    const added = records.flatMap(({ target, addedNodes }) => (target === place.parent ? [...addedNodes] : []))
    const isBack = (one: HTMLElement) => nameOf(one) === origin && added.some((node) => node.contains(one))
    const back = origin && [...place.parent.querySelectorAll<HTMLElement>(FOCUSABLE)].find(isBack)
    const next = back || neighbour(room, place.parent, place.before, added.length > 0)
    next.focus()
    // A disabled button gets the focus once it is enabled.
    last = next
    if (back) origin = null
  }
  const observer = new MutationObserver(restore)
  observer.observe(room, { subtree: true, childList: true, attributeFilter: ['disabled'] })
  room.addEventListener('focusin', enter)
  room.addEventListener('focusout', leave)
  return () => {
    observer.disconnect()
    room.removeEventListener('focusin', enter)
    room.removeEventListener('focusout', leave)
  }
}
