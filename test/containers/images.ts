/**
 * Small container images out of this machine's own programs; nothing is fetched. They are archives as `docker save`
 * writes them, which all runtimes load.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command, whereIs } from '../harness/command.js';
import { librariesOf } from '../harness/libraries.js';
import { HERE } from '../harness/root.js';

export interface Image {
  /** As runtimes call it. */
  readonly reference: string;
  /** File to load it from. */
  readonly archive: string;
}

export interface Images {
  /** busybox, and `/bin/traffic` (see traffic/traffic.c). */
  readonly busybox: Image;
  /** Only `/pause`. */
  readonly pause: Image;
  /** Debian's dnsmasq, where Debian has it, beside busybox. */
  readonly dnsmasq: Image;
}

/** The part of an image's configuration that the tests use (OCI image specification, `config`). */
interface ImageConfig {
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
}

const CREATED = '2023-11-14T22:13:20Z';
const PATH = 'PATH=/bin:/usr/sbin';

/** Builds the images into `folder`. */
export function buildImages(folder: string): Images {
  const work = join(folder, 'work');
  const root = (name: string) => {
    const made = join(work, name);
    mkdirSync(made, { recursive: true });
    return made;
  };
  const [busybox, pause, dnsmasq] = [root('busybox'), root('pause'), root('dnsmasq')];
  addBusybox(busybox);
  compile('traffic/traffic.c', join(busybox, 'bin/traffic'));
  compile('containers/pause.c', join(pause, 'pause'));
  addBusybox(dnsmasq);
  addDnsmasq(dnsmasq);
  const images = {
    busybox: pack(folder, 'busybox', busybox, { Env: [PATH], Cmd: ['/bin/sh'] }),
    pause: pack(folder, 'pause', pause, { Env: ['PATH=/'], Entrypoint: ['/pause'] }),
    dnsmasq: pack(folder, 'dnsmasq', dnsmasq, { Env: [PATH], Entrypoint: ['/usr/sbin/dnsmasq'] }),
  };
  rmSync(work, { recursive: true });
  return images;
}

function addBusybox(root: string): void {
  for (const folder of ['bin', 'etc', 'tmp', 'var/run', 'www'])
    mkdirSync(join(root, folder), { recursive: true });
  const program = whereIs('busybox');
  cpSync(program, join(root, 'bin/busybox'));
  for (const applet of command(program, ['--list']).trim().split('\n')) {
    if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet));
  }
  writeFileSync(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  );
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
  writeFileSync(join(root, 'www/index.html'), 'ok\n');
}

function addDnsmasq(root: string): void {
  const program = '/usr/sbin/dnsmasq';
  for (const file of [program, ...librariesOf([program])]) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    cpSync(file, join(root, file), { dereference: true });
  }
}

/** Static: there are no libraries in the images. */
function compile(source: string, program: string): void {
  command('gcc', ['-Os', '-s', '-static', '-o', program, join(HERE, source)]);
}

function pack(folder: string, name: string, root: string, config: ImageConfig): Image {
  const parts = join(folder, `work/${name}.parts`);
  mkdirSync(parts);
  const layer = join(parts, 'layer.tar');
  tar(root, layer, ['.']);
  const layerDigest = sha256(readFileSync(layer));
  const description = JSON.stringify({
    architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
    os: 'linux',
    created: CREATED,
    config,
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: CREATED, created_by: 'packetless test' }],
  });
  const configFile = `${sha256(Buffer.from(description))}.json`;
  const layerFile = `${layerDigest}/layer.tar`;
  mkdirSync(join(parts, layerDigest));
  renameSync(layer, join(parts, layerFile));
  writeFileSync(join(parts, configFile), description);
  const reference = `localhost/packetless/${name}:1`;
  writeFileSync(
    join(parts, 'manifest.json'),
    JSON.stringify([{ Config: configFile, RepoTags: [reference], Layers: [layerFile] }]),
  );
  const archive = join(folder, `${name}.tar`);
  tar(parts, archive, ['manifest.json', configFile, layerFile]);
  return { reference, archive };
}

function tar(folder: string, archive: string, files: readonly string[]): void {
  command('tar', ['-C', folder, '--owner=0', '--group=0', '--numeric-owner', '-cf', archive, ...files]);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
