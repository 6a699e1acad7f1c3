/** Every refusal under `/api` is `{ "error": { code, message, path? } }` with the fitting status. */
import type { ErrorAnswer } from '@packetless/live';
import { FilterError } from '@packetless/model';
import type { Response } from 'express';
import { z } from 'zod';
import { SettingsNotKept } from '../interfaces/interface-settings.js';
import { UnknownInterface } from '../interfaces/select.js';
import { SettingsError } from '../interfaces/settings.js';

export class HttpError extends Error {
  override readonly name = 'HttpError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** The part of the request that is wrong, e.g. a query parameter. */
    readonly path?: string,
  ) {
    super(message);
  }
}

/** What went wrong, as it may be told; null when it is our own fault. */
export function toHttpError(error: unknown): HttpError | null {
  if (error instanceof HttpError) return error;
  if (error instanceof FilterError) {
    return new HttpError(400, 'bad_filter', `${error.message} (at character ${error.position})`, 'filter');
  }
  if (error instanceof UnknownInterface) {
    return new HttpError(400, 'unknown_interface', error.message, 'interface');
  }
  if (error instanceof SettingsError) return new HttpError(400, error.code, error.message, error.path);
  if (error instanceof SettingsNotKept) return new HttpError(500, 'not_kept', error.message);
  if (error instanceof z.ZodError) return fromIssue(error.issues[0]);
  if (error instanceof URIError)
    return new HttpError(400, 'bad_url', 'The address has a malformed % escape.');
  const status = error instanceof Error && 'status' in error ? error.status : null;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new HttpError(status, 'bad_request', (error as Error).message);
  }
  return null;
}

function fromIssue(issue: z.core.$ZodIssue | undefined): HttpError {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknown ?? issue?.path.join('.');
  const message = unknown === undefined ? issue?.message : `There is no parameter "${unknown}".`;
  return new HttpError(400, 'bad_request', message ?? 'The request is malformed.', path);
}

export function sendError(response: Response, { status, code, message, path }: HttpError): void {
  const answer: ErrorAnswer = { error: { code, message, ...(path === undefined ? {} : { path }) } };
  response.status(status).json(answer);
}
