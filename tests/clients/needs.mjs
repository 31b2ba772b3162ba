// The routes by what they require of their caller, written by hand.
export const NEEDS = {
  'public': `
    POST /auth/forgotten, GET /auth/provider, GET /auth/provider/callback, POST /auth/refresh, POST /auth/reset,
    POST /auth/sign-in, POST /auth/verify, GET /guest, POST /invites/{token}/accept, POST /invites/look, POST /links/enter, POST /links/look,
    GET /files/{url}, POST /mails/stop/{token}, GET /setup, POST /setup`,
  'people': `
    POST /auth/sign-out, GET /decisions, GET /decisions/export, GET /decisions/open, GET /inbox, POST /inbox/read, GET /me/assignments, GET /jobs,
    DELETE /jobs/{job}, POST /jobs/{job}/retry, GET /keys, POST /keys, DELETE /keys/{key}, GET /me, DELETE /me,
    PATCH /me, PUT /me/avatar, DELETE /me/avatar, GET /me/data, GET /me/favourites, PUT /me/favourites/{id},
    DELETE /me/favourites/{id}, GET /me/mails, PUT /me/mails, POST /me/password, GET /me/recent, PUT /me/recent/{id},
    GET /me/changed, GET /me/watches, PUT /me/watches/documents/{id}, DELETE /me/watches/documents/{id}, PUT /me/watches/spaces/{space},
    DELETE /me/watches/spaces/{space}, GET /me/sessions, DELETE /me/sessions, DELETE /me/sessions/{id}, PUT /me/totp, POST /me/totp, DELETE /me/totp,
    POST /me/verification, PUT /me/workspace, GET /search/saved, POST /search/saved, DELETE /search/saved/{search}, GET /members/{account}/data, POST /members/{account}/erase,
    POST /members/{account}/reset-link, DELETE /members/{account}/totp, GET /webhooks, POST /webhooks,
    PUT /webhooks/{webhook}, DELETE /webhooks/{webhook}, GET /webhooks/{webhook}/deliveries,
    POST /webhooks/{webhook}/deliveries/{delivery}/replay, POST /webhooks/{webhook}/ping,
    POST /webhooks/{webhook}/replay, POST /webhooks/{webhook}/secret, GET /workflows, POST /workflows,
    DELETE /workflows/{workflow}, GET /workspaces, POST /workspaces, PATCH /workspaces/{workspace}`,
  'documents:read': `
    GET /search, GET /documents/search, GET /search/suggest, GET /documents/{id}/backlinks,
    GET /documents, GET /documents/{id}, GET /documents/{id}/approvals, GET /documents/{id}/approved,
    GET /documents/{id}/attachments, GET /documents/{id}/attachments/{attachment}/content, GET /documents/{id}/attachments/{attachment}/versions, GET /uploads/{upload},
    GET /documents/{id}/authors, GET /documents/{id}/changes, GET /documents/{id}/changes/export, GET /documents/{id}/content, GET /documents/{id}/path, GET /documents/titles, GET /documents/{id}/export, GET /spaces/{space}/export, GET /imports, GET /imports/{import}, GET /imports/{import}/files, GET /exports, GET /exports/{export}, GET /exports/{export}/file, GET /templates, GET /templates/{template}, GET /documents/{id}/presence,
    GET /documents/{id}/revisions, GET /documents/{id}/revisions/{revision},
    GET /documents/{id}/revisions/{revision}/content, GET /documents/{id}/state, GET /documents/{id}/suggestions, GET /documents/{id}/threads,
    GET /documents/{id}/threads/{thread}, GET /documents/{id}/unread, GET /spaces, GET /spaces/{space},
    GET /spaces/{space}/pages, GET /tags, GET /trash, GET /trash/{id}/content`,
  'documents:write': `
    POST /documents, POST /documents/upload, POST /imports, POST /imports/{import}/files, POST /imports/{import}/start, POST /imports/{import}/cancel, POST /imports/{import}/undo, POST /exports, DELETE /exports/{export}, POST /documents/{id}/attachments, POST /documents/{id}/attachments/fetch, DELETE /documents/{id}/attachments/{attachment},
    POST /documents/{id}/attachments/{attachment}/versions, POST /documents/{id}/uploads, PATCH /uploads/{upload}, DELETE /uploads/{upload}, DELETE /documents/{id}, PATCH /documents/{id}, POST /documents/{id}/approvals,
    POST /documents/{id}/approvals/{approval}/decide, POST /documents/{id}/approvals/{approval}/delegate,
    POST /documents/{id}/approvals/{approval}/withdraw, POST /documents/{id}/approvals/{approval}/move, PATCH /documents/{id}/approvals/{approval}, DELETE /documents/{id}/comments/{comment},
    PATCH /documents/{id}/comments/{comment}, PUT /documents/{id}/comments/{comment}/reactions/{emoji},
    DELETE /documents/{id}/comments/{comment}/reactions/{emoji}, PUT /documents/{id}/content, POST /documents/{id}/duplicate, POST /documents/{id}/move, POST /templates, PATCH /templates/{template}, DELETE /templates/{template}, POST /documents/{id}/purge,
    PUT /documents/{id}/reading, POST /documents/{id}/restore, POST /documents/{id}/revisions,
    DELETE /documents/{id}/revisions/{revision}, PATCH /documents/{id}/revisions/{revision},
    PUT /documents/{id}/threads/{thread}/assignee, DELETE /documents/{id}/threads/{thread}/assignee, POST /documents/{id}/revisions/{revision}/restore, POST /documents/{id}/revisions/{revision}/blocks/{block}/restore, POST /documents/{id}/revisions/{revision}/undo,
    PUT /documents/{id}/state, POST /documents/{id}/status, POST /documents/{id}/suggestions/accept,
    POST /documents/{id}/suggestions, POST /documents/{id}/suggestions/reject, POST /documents/{id}/suggestions/{suggestion}/accept,
    POST /documents/{id}/suggestions/{suggestion}/reject, POST /documents/{id}/suggestions/{suggestion}/withdraw,
    POST /documents/{id}/suggestions/{suggestion}/reopen, POST /documents/{id}/suggestions/{suggestion}/undo,
    POST /documents/{id}/suggestions/view, PUT /documents/{id}/suggestions/view/{view},
    POST /documents/{id}/threads, DELETE /documents/{id}/threads/{thread}, POST /documents/{id}/threads/{thread}/accept,
    POST /documents/{id}/threads/{thread}/comments, POST /documents/{id}/threads/{thread}/reject,
    POST /documents/{id}/threads/{thread}/reopen, POST /documents/{id}/threads/{thread}/resolve, POST /spaces,
    DELETE /spaces/{space}, PATCH /spaces/{space}, DELETE /tags/{tag}, PATCH /tags/{tag}, POST /tags/{tag}/merge`,
  'sharing:read': `
    GET /documents/{id}/publication, GET /spaces/{space}/publication, GET /documents/{id}/access, GET /documents/{id}/group-shares, GET /documents/{id}/links,
    GET /documents/{id}/move/effects, GET /documents/{id}/shares, GET /spaces/{space}/members`,
  'sharing:write': `
    PUT /documents/{id}/publication, DELETE /documents/{id}/publication, PUT /spaces/{space}/publication, DELETE /spaces/{space}/publication,
    PUT /documents/{id}/group-shares/{group}, DELETE /documents/{id}/group-shares/{group}, POST /documents/{id}/links,
    DELETE /documents/{id}/links/{link}, PUT /documents/{id}/shares/{account}, DELETE /documents/{id}/shares/{account},
    PUT /spaces/{space}/groups/{group}, DELETE /spaces/{space}/groups/{group}, PUT /spaces/{space}/members/{account},
    DELETE /spaces/{space}/members/{account}`,
  'people:read': `
    GET /groups, GET /groups/{group}/members, GET /invites, GET /members, GET /members/{account}/avatar`,
  'people:write': `
    POST /groups, DELETE /groups/{group}, PATCH /groups/{group}, PUT /groups/{group}/members/{account},
    DELETE /groups/{group}/members/{account}, POST /invites, DELETE /invites/{invite}, POST /invites/{token}/join, DELETE /members/{account},
    PATCH /members/{account}`,
  'audit:read': `
    GET /audit, GET /audit/export`,
}

// The routes with an unsafe method that are allowed while the server is read-only.
export const WHILE_READ_ONLY = `
  POST /auth/forgotten, POST /auth/refresh, POST /auth/reset, POST /auth/sign-in, POST /auth/sign-out,
  POST /auth/verify, DELETE /documents/{id}/group-shares/{group}, DELETE /documents/{id}/links/{link},
  DELETE /documents/{id}/shares/{account}, DELETE /groups/{group}/members/{account}, DELETE /invites/{invite}, DELETE /jobs/{job},
  POST /jobs/{job}/retry, DELETE /keys/{key}, POST /links/enter, POST /links/look, POST /mails/stop/{token},
  POST /me/password, DELETE /me/sessions, DELETE /me/sessions/{id}, PUT /me/totp, POST /me/totp, DELETE /me/totp,
  POST /me/verification, PUT /me/workspace, DELETE /members/{account}, PATCH /members/{account},
  POST /members/{account}/reset-link, DELETE /members/{account}/totp, DELETE /spaces/{space}/groups/{group},
  DELETE /spaces/{space}/members/{account}, DELETE /documents/{id}/publication, DELETE /spaces/{space}/publication`

export const listed = (text) => text.split(',').map((route) => route.trim()).sort()
