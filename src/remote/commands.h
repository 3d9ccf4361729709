/* The commands of `stprov remote`, each in a file of its own. Not for anybody else. */
#pragma once

/* Each takes what follows its name and returns the exit code. */
int remote_run(int argc, char **argv);
int remote_static(int argc, char **argv);
int remote_dhcp(int argc, char **argv);
int remote_status(int argc, char **argv);
int remote_clear(int argc, char **argv);

/* Their help, on stdout. */
void remote_run_help(void);
void remote_static_help(void);
void remote_dhcp_help(void);
void remote_status_help(void);
void remote_clear_help(void);
