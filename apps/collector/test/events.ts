/** Events as senders write them. */

/** The sample event of the eBPF document, verbatim. */
export const SAMPLE_EVENT =
  '{ "timestamp": "1557135868.956831", "TID": 0, "LOCAL_PROCESS": { "PID": 29730, "UID": 0, "GID": 0, "GID_NAME": "root", "PROCESS_PATH": "\\/snap\\/microk8s\\/522\\/kubelet" }, "LOCAL_FATHER_PROCESS": { "PID": 1, "UID": 0, "UID_NAME": "daemon", "GID": 0, "GID_NAME": "root", "PROCESS_PATH": "\\/lib\\/systemd\\/systemd" }, "TCP_EVENT_TYPE": "CONNECT", "IF_NAME": "cbr0", "IP_PROTOCOL_VERSION": 4, "PROTOCOL": 6, "NW_LATENCY_MS": 0.177, "L4_LOCAL_PORT": 58916, "L4_REMOTE_PORT": 10054, "IPV4_LOCAL_ADDR": "10.1.1.1", "IPV4_REMOTE_ADDR": "10.1.1.13", "EXPORTER_IPV4_ADDRESS": "192.168.2.131" }';

/** curl's connection from that port of 10.1.1.1 to 10.1.1.2:443, as an agent on 192.168.2.131 tells it now. */
export function connectEvent(port: number, more: object = {}): object {
  return {
    timestamp: `${(Date.now() / 1000).toFixed(6)}`,
    TCP_EVENT_TYPE: 'CONNECT',
    IF_NAME: 'eth0',
    IP_PROTOCOL_VERSION: 4,
    PROTOCOL: 6,
    IPV4_LOCAL_ADDR: '10.1.1.1',
    L4_LOCAL_PORT: port,
    IPV4_REMOTE_ADDR: '10.1.1.2',
    L4_REMOTE_PORT: 443,
    EXPORTER_IPV4_ADDRESS: '192.168.2.131',
    LOCAL_PROCESS: {
      PID: 7,
      UID: 0,
      UID_NAME: 'root',
      GID: 0,
      GID_NAME: 'root',
      PROCESS_PATH: '/usr/bin/curl',
    },
    ...more,
  };
}
