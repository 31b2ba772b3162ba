import { decimal, number } from '../../numbers'
import { t } from './messages'

const UNITS = [t.sizeB, t.sizeKb, t.sizeMb, t.sizeGb, t.sizeTb] as const

/** A size in bytes, as people read it. */
export function sizeOf(bytes: number): string {
  let unit = 0
  let size = bytes
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return (UNITS[unit] ?? t.sizeTb)({ size: unit === 0 || size >= 10 ? number(Math.round(size)) : decimal(size) })
}
