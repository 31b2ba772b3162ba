// What screen readers are told while pages are moved with the keyboard.
import { AssistiveDndState, type DndState, type HotkeysConfig } from '@headless-tree/core'
import { t } from '../messages'

/** `Control+Shift+KeyD`, as it is on the keyboard. */
const keysOf = (hotkey: { hotkey: string } | undefined): string => hotkey?.hotkey.replace(/Key(?=[A-Z]$)/, '') ?? ''

function placeOf<T>({ dragTarget }: DndState<T>): string {
  if (!dragTarget) return t.nowhere
  const name = dragTarget.item.getItemName()
  return 'childIndex' in dragTarget ? t.placeIn({ at: dragTarget.childIndex, count: dragTarget.item.getChildren().length, name }) : t.inName({ name })
}

export function spoken<T>(dnd: DndState<T> | null | undefined, state: AssistiveDndState, hotkeys: HotkeysConfig<T>): string {
  if (!hotkeys.startDrag) return ''
  const names = dnd?.draggedItems?.map((item) => item.getItemName()).join(', ') ?? ''
  const place = dnd ? placeOf(dnd) : t.nowhere
  const start = t.pressToMove({ keys: keysOf(hotkeys.startDrag) })
  switch (state) {
    case AssistiveDndState.Started: {
      const guide = t.dragGuide({ up: keysOf(hotkeys.dragUp), down: keysOf(hotkeys.dragDown), drop: keysOf(hotkeys.completeDrag), abort: keysOf(hotkeys.cancelDrag) })
      return `${t.dragging({ names, place })} ${guide}`
    }
    case AssistiveDndState.Dragging: return `${names}, ${place}`
    case AssistiveDndState.Completed: return `${t.dragCompleted} ${start}`
    case AssistiveDndState.Aborted: return `${t.dragCancelled} ${start}`
    default: return start
  }
}
