// The public part of the search feature.
export { LinkedFrom } from './LinkedFrom'
export { type Match, matchOf } from './match'
export { SearchButton } from './palette/SearchButton'
export { SearchPage } from './results/SearchPage'
