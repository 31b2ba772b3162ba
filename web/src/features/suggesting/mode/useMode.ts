import type { Right } from '../../../rights'
import { useStore } from '../../../store'
import { DocumentMode, type Mode } from './mode'

/** The mode in which the document is shown. */
export const useMode = (mode: DocumentMode, right: Right | null | undefined): Mode => useStore(mode, (state) => DocumentMode.of(state, right))
