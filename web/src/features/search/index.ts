// The public part of the search feature.
import { lazyPage } from '../../elements/lazily'

export { LinkedFrom } from './LinkedFrom'
export { type Match, matchOf } from './match'
export { SearchButton } from './palette/SearchButton'

// Loaded when it is first opened.
export const SearchPage = lazyPage(() => import('./results/SearchPage'), 'SearchPage')
