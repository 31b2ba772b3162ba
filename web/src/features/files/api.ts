// Calls for the files of a document.
import { type Schemas, client, ok } from '../../client'

export type AttachmentView = Schemas['AttachmentView']

export const api = {
  attachments: (id: string) => ok(client.GET('/api/v1/documents/{id}/attachments', { params: { path: { id } } })),
  remove: (id: string, attachment: string) => ok(client.DELETE('/api/v1/documents/{id}/attachments/{attachment}', { params: { path: { id, attachment } } })),
  fetch: (id: string, url: string) => ok(client.POST('/api/v1/documents/{id}/attachments/fetch', { params: { path: { id } }, body: { url, in_text: true } })),
}
