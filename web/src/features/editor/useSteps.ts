import { useCallback } from 'react'
import { type SuggestionView, inTextOrder, neighbour } from '../suggesting'
import type { DocumentPanels } from './panels'

/** Goes to the next suggestion of the text, or to the one before, and opens it in its panel. */
export const useSteps = (panels: DocumentPanels, suggestions: readonly SuggestionView[]) =>
  useCallback((step: 1 | -1) => {
    const next = neighbour(inTextOrder(suggestions), panels.state.suggestion, step)
    if (next) panels.openSuggestion(next.id)
  }, [panels, suggestions])
