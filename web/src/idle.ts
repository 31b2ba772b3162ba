// Loads parts of the page ahead of their use, one after another, while the browser has nothing else to do.
type Load = () => Promise<unknown>

const waiting: Load[] = []
let hasBegun = false
let isLoading = false

/** Safari has no idle callbacks: there, a pause stands for one. */
const PAUSE_MS = 500

const whenIdle = (run: () => void): unknown => ('requestIdleCallback' in window ? requestIdleCallback(run) : setTimeout(run, PAUSE_MS))

/** Whether the person asked the browser to load as little as possible. */
const savesData = (): boolean => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true

/** Notes a part that will be wanted. One that cannot be loaded now is loaded when it is used. */
export function loadAhead(load: Load): void {
  waiting.push(load)
  next()
}

/** Begins to load ahead: the first page is shown. */
export function beginToLoadAhead(): void {
  hasBegun = !savesData()
  next()
}

function next(): void {
  if (!hasBegun || isLoading) return
  const load = waiting.shift()
  if (!load) return
  isLoading = true
  whenIdle(async () => {
    await load().catch(() => undefined)
    isLoading = false
    next()
  })
}
