// The pages beside the home page: one script, which index.ts loads on use.
export { FavouritesPage } from './favourites/FavouritesPage'
export { DocumentList } from './list/DocumentList'
export { RecentList } from './list/RecentList'
export { SpacePage } from './spaces/SpacePage'
export { SpacesPage } from './spaces/SpacesPage'
export { TagsPage } from './tags/TagsPage'
export { TrashPage } from './trash/TrashPage'
