/* What the program can be. Each runs after its place was taken, and comes back when it has done. */
#ifndef TRAFFIC_MODES_H
#define TRAFFIC_MODES_H

/* call.c */
void mode_call(void);
void mode_many(void);
void mode_burst(void);
void mode_threads(void);
void mode_swarm(void);
void mode_give_up(void);
void mode_twice(void);
void mode_inherit(void);
void mode_become(void);
/* serve.c */
void mode_serve(void);
void mode_prefork(void);
void mode_reuse_port(void);
/* handover.c */
void mode_pass(void);
void mode_work(void);
void mode_work_passed(void);
/* datagram.c */
void mode_datagrams(void);
/* serve_datagrams.c */
void mode_serve_datagrams(void);
/* packet.c */
void mode_inject(void);
void mode_serve_packets(void);

#endif
