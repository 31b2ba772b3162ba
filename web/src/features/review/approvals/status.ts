const STATUS: Record<string, string> = { draft: 'Draft', review: 'In review', approved: 'Approved', published: 'Published', archived: 'Archived' }

/** What people call the status of a document. One of a newer server is shown as it is. */
export const statusName = (status: string): string => STATUS[status] ?? status
