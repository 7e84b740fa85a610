package psfmt

// macro returns the columns that a name for several stands for, or "". They are ps's: the output formats of its own
// options and of other systems' ps, by which its -o accepts them.
//
// Source: procps 4.0.2, src/ps/output.c, macro_array.
//
// Long: one case for each name of ps.
func macro(name string) string {
	switch name {
	case "DFMT":
		return "pid,tname,state,cputime,cmd"
	case "DefBSD":
		return "pid,tname,stat,bsdtime,args"
	case "DefSysV":
		return "pid,tname,time,cmd"
	case "END_BSD":
		return "state,tname,cputime,comm"
	case "END_SYS5":
		return "state,tname,time,command"
	case "F5FMT":
		return "uname,pid,ppid,c,start,tname,time,cmd"
	case "FB_":
		return "pid,tt,stat,time,command"
	case "FB_j":
		return "user,pid,ppid,pgid,sess,jobc,stat,tt,time,command"
	case "FB_l":
		return "uid,pid,ppid,cpu,pri,nice,vsz,rss,wchan,stat,tt,time,command"
	case "FB_u":
		return "user,pid,pcpu,pmem,vsz,rss,tt,stat,start,time,command"
	case "FB_v":
		return "pid,stat,time,sl,re,pagein,vsz,rss,lim,tsiz,pcpu,pmem,command"
	case "FD_":
		return "pid,tty,time,comm"
	case "FD_f":
		return "user,pid,ppid,start_time,tty,time,comm"
	case "FD_fj":
		return "user,pid,ppid,start_time,tty,time,pgid,sid,comm"
	case "FD_j":
		return "pid,tty,time,pgid,sid,comm"
	case "FD_l":
		return "flags,state,uid,pid,ppid,priority,nice,vsz,wchan,tty,time,comm"
	case "FD_lj":
		return "flags,state,uid,pid,ppid,priority,nice,vsz,wchan,tty,time,pgid,sid,comm"
	case "FL5FMT":
		return "f,state,uid,pid,ppid,pcpu,pri,nice,rss,wchan,start,time,command"
	case "FLASK_context":
		return "pid,context,command"
	case "HP_":
		return "pid,tty,time,comm"
	case "HP_f":
		return "user,pid,ppid,cpu,stime,tty,time,args"
	case "HP_fl":
		return "flags,state,user,pid,ppid,cpu,intpri,nice,addr,sz,wchan,stime,tty,time,args"
	case "HP_l":
		return "flags,state,uid,pid,ppid,cpu,intpri,nice,addr,sz,wchan,tty,time,comm"
	case "J390":
		return "pid,sid,pgrp,tname,atime,args"
	case "JFMT":
		return "user,pid,ppid,pgid,sess,jobc,state,tname,cputime,command"
	case "L5FMT":
		return "f,state,uid,pid,ppid,c,pri,nice,addr,sz,wchan,tt,time,ucmd"
	case "LFMT":
		return "uid,pid,ppid,cp,pri,nice,vsz,rss,wchan,state,tname,cputime,command"
	case "OL_X":
		return "pid,start_stack,esp,eip,timeout,alarm,stat,tname,bsdtime,args"
	case "OL_j":
		return "ppid,pid,pgid,sid,tname,tpgid,stat,uid,bsdtime,args"
	case "OL_l":
		return "flags,uid,pid,ppid,priority,nice,vsz,rss,wchan,stat,tname,bsdtime,args"
	case "OL_m":
		return "pid,tname,majflt,minflt,m_trs,m_drs,m_size,m_swap,rss,m_share,vm_lib,m_dt,args"
	case "OL_s":
		return "uid,pid,pending,sig_block,sig_ignore,caught,stat,tname,bsdtime,args"
	case "OL_u":
		return "user,pid,pcpu,pmem,vsz,rss,tname,stat,start_time,bsdtime,args"
	case "OL_v":
		return "pid,tname,stat,bsdtime,maj_flt,m_trs,m_drs,rss,pmem,args"
	case "RD_":
		return "pid,tname,state,bsdtime,comm"
	case "RD_f":
		return "uid,pid,ppid,start_time,tname,bsdtime,args"
	case "RD_fj":
		return "uid,pid,ppid,start_time,tname,bsdtime,pgid,sid,args"
	case "RD_j":
		return "pid,tname,state,bsdtime,pgid,sid,comm"
	case "RD_l":
		return "flags,state,uid,pid,ppid,priority,nice,wchan,tname,bsdtime,comm"
	case "RD_lj":
		return "flags,state,uid,pid,ppid,priority,nice,wchan,tname,bsdtime,pgid,sid,comm"
	case "RUSAGE":
		return "minflt,majflt,nswap,inblock,oublock,msgsnd,msgrcv,nsigs,nvcsw,nivcsw"
	case "SCHED":
		return "user,pcpu,pri,usrpri,nice,psxpri,psr,policy,pset"
	case "SFMT":
		return "uid,pid,cursig,sig,sigmask,sigignore,sigcatch,stat,tname,command"
	case "Std_f":
		return "uid_hack,pid,ppid,c,stime,tname,time,cmd"
	case "Std_fl":
		return "f,s,uid_hack,pid,ppid,c,opri,ni,addr,sz,wchan,stime,tname,time,cmd"
	case "Std_l":
		return "f,s,uid,pid,ppid,c,opri,ni,addr,sz,wchan,tname,time,ucmd"
	case "THREAD":
		return "user,pcpu,pri,scnt,wchan,usertime,systime"
	case "UFMT":
		return "uname,pid,pcpu,pmem,vsz,rss,tt,state,start,time,command"
	case "VFMT":
		return "pid,tt,state,time,sl,pagein,vsz,rss,pcpu,pmem,command"
	}
	return ""
}
