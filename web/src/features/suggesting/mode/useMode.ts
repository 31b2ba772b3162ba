import { useEffect } from 'react'
import type { Right } from '../../../rights'
import { useStore } from '../../../store'
import { DocumentMode, type Mode } from './mode'

/** The mode in which the document is shown. */
export function useMode(mode: DocumentMode, right: Right | null | undefined): Mode {
  useEffect(() => mode.begin(right), [mode, right])
  return useStore(mode, (state) => DocumentMode.of(state, right))
}
