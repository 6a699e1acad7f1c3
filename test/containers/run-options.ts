/** What docker and podman are told of a container, in the words that their command lines share. */

export interface RunOptions {
  readonly name?: string;
  readonly command: readonly string[];
  /** Default: busybox. */
  readonly image?: string;
  readonly labels?: { readonly [key: string]: string };
  /** Further options of the command line. */
  readonly options?: readonly string[];
}

/** The arguments behind `run` and its own options. */
export function runArguments(defaultImage: string, options: RunOptions): string[] {
  return [
    ...(options.name === undefined ? [] : ['--name', options.name]),
    ...Object.entries(options.labels ?? {}).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...(options.options ?? []),
    options.image ?? defaultImage,
    ...options.command,
  ];
}
