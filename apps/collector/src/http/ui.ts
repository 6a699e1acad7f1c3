/** The live page: files of @packetless/ui as it was built. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import express, { Router } from 'express';
import { HttpError } from './errors.js';

/** Where the built page lies, whether or not it has been built. */
export function builtUiDirectory(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@packetless/ui/package.json')), 'dist');
}

/** Serves the page; every path that is no file of it is one of its own views, so index.html answers. */
export function createUi(directory: string): Router {
  const ui = Router();
  const index = join(directory, 'index.html');
  ui.use((request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    response.setHeader('Allow', 'GET, HEAD');
    next(new HttpError(405, 'method_not_allowed', 'Only GET is understood here.'));
  });
  ui.use((_request, response, next) => {
    if (existsSync(index)) return next();
    response
      .status(503)
      .type('text')
      .send('The live page has not been built. Run "pnpm build" in the top folder, then reload.\n');
  });
  // File names under assets/ carry a hash of their content.
  ui.use(
    '/assets',
    express.static(join(directory, 'assets'), { immutable: true, maxAge: '1y', index: false }),
  );
  ui.use('/assets', (_request, _response, next) => {
    next(new HttpError(404, 'not_found', 'There is no such file.'));
  });
  ui.use(express.static(directory, { index: false, cacheControl: false }));
  ui.use((_request, response) => {
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile(index, { cacheControl: false });
  });
  return ui;
}
