// The public part of suggesting.
import { lazily } from '../../elements/lazily'

export type { SuggestionView } from './api'
export { ModeSwitch, MODES } from './mode/ModeSwitch'
export { DocumentMode, type Mode, modesFor } from './mode/mode'
export { inTextOrder, neighbour } from './order'
export { focusCard } from './panel/focusCard'
export { DecidedToast } from './panel/DecidedToast'
export { useMode } from './mode/useMode'
export { useSuggestions } from './queries'
export { mappingBetween, rangeIn } from './rebase/rebase'
export { SuggestionBubble } from './shown/SuggestionBubble'
export { SuggestionMarks, rangeOfSuggestion } from './shown/SuggestionMarks'
export { useColorOf } from './shown/useColorOf'
export { useShownSuggestions } from './shown/useShownSuggestions'
export { EndedSuggesting } from './view/EndedSuggesting'
export { RefusedSuggestions } from './view/RefusedSuggestions'
export { ReturnedWords } from './view/ReturnedWords'
export { SuggestingLine } from './view/SuggestingLine'
export type { SuggestingView } from './view/SuggestingView'
export { UnsentSuggestions } from './view/UnsentSuggestions'
export { ViewMarks } from './view/ViewMarks'
export { useSuggestingView, useViewEnded } from './view/useSuggestingView'

// Loaded when it is first opened.
export const SuggestionsPanel = lazily(() => import('./panel/SuggestionsPanel'), 'SuggestionsPanel')
