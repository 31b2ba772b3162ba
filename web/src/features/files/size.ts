const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** A size in bytes, as people read it. */
export function sizeOf(bytes: number): string {
  let unit = 0
  let size = bytes
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`
}
