// Calls for what is on the web: a document, or a space.
import { Problem, type Schemas, client, ok } from '../../client'

export type Publication = Schemas['PublicationView']
export type Fields = Schemas['PublicationFields']
export type Kind = 'document' | 'space'

const found = async (answer: Promise<Publication>): Promise<Publication | null> => {
  try {
    return await answer
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return null
    throw problem
  }
}

const OF_DOCUMENT = '/api/v1/documents/{id}/publication'
const OF_SPACE = '/api/v1/spaces/{space}/publication'

export const api = {
  /** Null if it is not on the web. */
  publication: (kind: Kind, id: string) => found(kind === 'document' ? ok(client.GET(OF_DOCUMENT, { params: { path: { id } } })) : ok(client.GET(OF_SPACE, { params: { path: { space: id } } }))),
  put: (kind: Kind, id: string, body: Fields) => (kind === 'document' ? ok(client.PUT(OF_DOCUMENT, { params: { path: { id } }, body })) : ok(client.PUT(OF_SPACE, { params: { path: { space: id } }, body }))),
  remove: (kind: Kind, id: string) => (kind === 'document' ? ok(client.DELETE(OF_DOCUMENT, { params: { path: { id } } })) : ok(client.DELETE(OF_SPACE, { params: { path: { space: id } } }))),
}
